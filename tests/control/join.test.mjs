// Joining, leaving, resuming; who is told what.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, join, open, pair, resume } from './client.mjs';
import { serve } from './server.mjs';

const server = serve({ before, after }, { PARLEY_ROOMS_RESUME_S: '2' });

test('joined tells everything about the room and oneself', async () => {
  const room = await server.createRoom({ name: 'Tea', capacity: 5 });
  const ada = await join(server, room, 'Ada');
  assert.equal(ada.joined.resumed, false);
  assert.equal(ada.joined.room.room_id, room);
  assert.equal(ada.joined.room.name, 'Tea');
  assert.deepEqual(ada.joined.participants, []);
  assert.deepEqual(ada.joined.mode, { mode: 'p2p', epoch: 0, switching: false });
  assert.equal(ada.joined.ice_servers[0].urls[0], 'turn:127.0.0.1:3478?transport=udp');
  const expiry = Number(ada.joined.ice_servers[0].username.split(':')[0]);
  assert.ok(expiry > Date.now() / 1000 && expiry <= Date.now() / 1000 + 3601);
});

test('the others are told who came, changed and left', async () => {
  const room = await server.createRoom({ mode: 'sfu' });
  const ada = await join(server, room, 'Ada');
  const ben = await join(server, room, 'Ben');
  assert.equal(ben.joined.participants[0].participant_id, ada.id);
  assert.ok(ben.joined.order > ada.joined.order);
  const { participant } = await ada.next('participant-joined');
  assert.equal(participant.participant_id, ben.id);
  assert.equal(participant.name, 'Ben');

  const muted = { microphone: false, camera: true, screen: false, 'screen-audio': false };
  await ben.ok({ type: 'sources', sources: muted });
  assert.deepEqual((await ada.next('participant-updated')).participant.sources, muted);
  assert.equal(participant.decodes, undefined);
  await ben.ok({ type: 'sources', sources: muted, decodes: ['av1', 'vp8'] });
  assert.deepEqual((await ada.next('participant-updated')).participant.decodes, ['vp8', 'av1']);
  const cleo = await join(server, room, 'Cleo');
  assert.deepEqual(cleo.joined.participants.find((p) => p.participant_id === ben.id).decodes, ['vp8', 'av1']);
  await cleo.ok({ type: 'leave' });
  assert.equal((await ada.next('participant-left')).participant_id, cleo.id);
  await ben.ok({ type: 'sources', sources: muted });
  await ben.ok({ type: 'rename', name: 'Benjamin 🐝' });
  const { participant: renamed } = await ada.next('participant-updated');
  assert.deepEqual([renamed.name, renamed.decodes], ['Benjamin 🐝', ['vp8', 'av1']]);
  assert.deepEqual(await ben.request({ type: 'ping' }), { type: 'pong', id: ben.lastId });
  await ben.ok({ type: 'view', wanted: [{ participant_id: ada.id, group: 'camera' }] });

  await ben.ok({ type: 'leave' });
  assert.equal(await ben.closed, 1000);
  assert.deepEqual(await ada.next('participant-left'), { type: 'participant-left', participant_id: ben.id, reason: 'left' });
});

test('a page that goes away with a close frame has left', async () => {
  const room = await server.createRoom({ mode: 'sfu' });
  const ada = await join(server, room);
  const ben = await join(server, room);
  ben.socket.close(1001);
  assert.equal((await ada.next('participant-left')).reason, 'left');
});

test('a dropped socket is taken up again, with what was missed', async () => {
  const { room, first, second, epoch } = await pair(server);
  second.drop();
  assert.equal((await first.next('participant-updated')).participant.state, 'reconnecting');
  await first.ok({ type: 'chat', text: 'are you there?' });
  await first.ok({ type: 'description', to: second.id, epoch, description: { type: 'offer', sdp: 'v=0' } });
  const again = await resume(second);
  assert.equal(again.reply.resumed, true);
  assert.equal(again.reply.order, second.joined.order);
  assert.equal(again.reply.chat.at(-1).text, 'are you there?');
  assert.equal((await again.next('description')).description.sdp, 'v=0');
  assert.equal((await first.next('participant-updated')).participant.state, 'present');
  const carol = await join(server, room, 'Carol');
  assert.equal(carol.joined.participants.length, 2);
});

test('a resume on a second socket replaces the first', async () => {
  const room = await server.createRoom();
  const ada = await join(server, room);
  const again = await resume(ada);
  assert.equal(again.reply.resumed, true);
  assert.equal((await ada.next('closing')).reason, 'replaced');
  assert.equal(await ada.closed, 4409);
  await again.ok({ type: 'rename', name: 'Still me' });
});

test('after resume_s the others are told, and the session is gone', async () => {
  const room = await server.createRoom({ mode: 'sfu' });
  const ada = await join(server, room);
  const ben = await join(server, room);
  ben.drop();
  const left = await ada.next('participant-left', 5000);
  assert.equal(left.reason, 'timeout');
  assert.equal((await resume(ben)).reply.code, 'session_expired');
});

test('a resume needs the session secret and the token of the room', async () => {
  const room = await server.createRoom();
  const ada = await join(server, room);
  const wrong = await open(server, room);
  await wrong.refused({ type: 'resume', token: wrong.token, participant_id: ada.id, session: 'x'.repeat(32) }, 'session_expired');
  const other = await open(server, await server.createRoom());
  await other.refused({ type: 'resume', token: other.token, participant_id: ada.id, session: ada.joined.session }, 'session_expired');
  await ada.ok({ type: 'rename', name: 'Undisturbed' });
});

test('a full room, an unknown room, a bad token', async () => {
  const room = await server.createRoom({ mode: 'p2p' });
  const tokens = await Promise.all([1, 2, 3].map(() => open(server, room)));
  await join(server, room);
  await join(server, room);
  assert.equal((await server.post(`/join-room/${room}`)).status, 409);
  await tokens[0].refused({ type: 'join', token: tokens[0].token, name: 'Late' }, 'room_full');

  const bad = new Client(tokens[0].url);
  await bad.opened;
  await bad.refused({ type: 'join', token: 'eyJhbGciOiJub25lIn0.e30.', name: 'Eve' }, 'bad_token');
  assert.equal(await bad.closed, 4401);
});

test('who says nothing for 10 s is closed with 4408', { timeout: 20_000 }, async () => {
  const silent = await open(server, await server.createRoom());
  assert.equal(await silent.closed, 4408);
});

test('chat: in order, to everyone, kept for those who come later', async () => {
  const room = await server.createRoom({ mode: 'sfu' });
  const ada = await join(server, room, 'Ada');
  const ben = await join(server, room, 'Ben');
  const first = await ada.ok({ type: 'chat', text: 'one\ntwo' });
  const second = await ben.ok({ type: 'chat', text: '<b>"three"</b> \\ 🎉' });
  assert.ok(second.message_id > first.message_id);
  for (const client of [ada, ben]) {
    const { message } = await client.next('chat');
    assert.equal(message.text, 'one\ntwo');
    assert.equal(message.participant_id, ada.id);
    assert.equal((await client.next('chat')).message.text, '<b>"three"</b> \\ 🎉');
  }
  const carol = await join(server, room, 'Carol');
  assert.deepEqual(carol.joined.chat.map((m) => m.text), ['one\ntwo', '<b>"three"</b> \\ 🎉']);
  await sleep(10);
});

test('in a large room everybody still learns of everybody, in order', async () => {
  const room = await server.createRoom({ mode: 'sfu', capacity: 80 });
  const first = await join(server, room, 'P0');
  const people = [first];
  for (let i = 1; i < 80; i++) people.push(await join(server, room, `P${i}`));
  const last = people.at(-1);
  assert.deepEqual(last.joined.participants.map((p) => p.participant_id), people.slice(0, -1).map((p) => p.id));
  for (let i = 1; i < 80; i++) assert.equal((await first.next('participant-joined')).participant.participant_id, people[i].id);
  // Chat is not held back, and comes after what was told before it.
  await last.ok({ type: 'leave' });
  await people[40].ok({ type: 'chat', text: 'who left?' });
  assert.equal((await first.next('participant-left')).participant_id, last.id);
  assert.equal((await first.next('chat')).message.text, 'who left?');
  const order = first.messages.map((m) => m.type);
  assert.ok(order.lastIndexOf('participant-left') < order.lastIndexOf('chat'));
});

// Takes what tells of others, either way, until the condition holds. Returns how many messages told of several things together.
async function learn(client, known, enough) {
  let together = 0;
  while (!enough()) {
    const message = await client.take(({ type }) => /^participant/.test(type), 'news of participants');
    const { participants = [message.participant].filter(Boolean), left = message.participant_id ? [message] : [] } = message;
    for (const { participant_id: id } of left) known.delete(id);
    for (const p of participants) known.set(p.participant_id, p.name);
    together += message.type === 'participants' ? 1 : 0;
  }
  return together;
}

test('in a large room whoever asked for it is told of everybody together', async () => {
  const room = await server.createRoom({ mode: 'sfu', capacity: 90 });
  const [first, plain] = [await join(server, room, 'P0'), await join(server, room, 'P1')];
  await first.ok({ type: 'participants' });
  const people = [first, plain];
  for (let i = 2; i < 85; i++) people.push(await join(server, room, `P${i}`));
  const [known, knownPlain] = [new Map(), new Map()];
  const messages = await learn(first, known, () => known.size === 84);
  assert.ok(messages > 0 && messages < 20, `${messages} messages for 20 people`);
  assert.equal(first.messages.filter((m) => m.type === 'participant-joined').length, 63);     // up to 64 in the room: one by one
  assert.equal(await learn(plain, knownPlain, () => knownPlain.size === 83), 0);

  const [leaver, renamed] = [people[80], people[40]];
  await Promise.all([leaver.ok({ type: 'leave' }), renamed.ok({ type: 'rename', name: 'Renamed' })]);
  await learn(first, known, () => known.get(renamed.id) === 'Renamed' && !known.has(leaver.id));
  await learn(plain, knownPlain, () => knownPlain.get(renamed.id) === 'Renamed' && !knownPlain.has(leaver.id));
  // Who leaves and comes back by the same token, under the same id, is there.
  await people[70].ok({ type: 'leave' });
  const back = new Client(people[70].url);
  await back.opened;
  const { participant_id: id } = await back.request({ type: 'join', token: people[70].token, name: 'Back' });
  assert.equal(id, people[70].id);
  await learn(first, known, () => known.get(id) === 'Back');
  const both = first.messages.findLast((m) => m.type === 'participants');
  assert.ok(both.left.some((p) => p.participant_id === id) && both.participants.some((p) => p.participant_id === id), JSON.stringify(both));
  // Neither who came and went meanwhile, nor anyone else, is left over.
  for (let i = 0; i < 3; i++) await (await join(server, room, 'Brief')).ok({ type: 'leave' });
  const last = await join(server, room, 'Last');
  await learn(first, known, () => known.has(last.id));
  const there = last.joined.participants.map((p) => [p.participant_id, p.name]);
  assert.deepEqual(new Map([...known, [first.id, 'P0'], [last.id, 'Last']]), new Map([...there, [last.id, 'Last']]));
});
