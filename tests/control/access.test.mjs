// Who may do what: every request in every role, by the table of docs/protocol.md; and what hosts, locks and passwords do.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join as path } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, join, messageTypes, open, pair, resume } from './client.mjs';
import { documented } from './openapi.mjs';
import { BINARY, Server, serve } from './server.mjs';

const server = serve({ before, after }, { PARLEY_ROOMS_P2P_RETURN_S: '1', PARLEY_LIMITS_PASSWORDS_PER_MINUTE: '1000' });

// ---- the table ------------------------------------------------------------------------------------------

const ROLES = ['host', 'participant', 'viewer'];
const text = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
const lines = text.slice(text.indexOf('### Roles'), text.indexOf('### Hosts')).split('\n').filter((line) => line.startsWith('| '));
const cells = (line) => line.split('|').slice(1, -1).map((cell) => cell.trim());
const [head, , ...rows] = lines.map(cells);
const table = rows.map(([request, ...allowed]) => ({
  request: request.replaceAll('`', ''),
  type: /^`([a-z-]+)`/.exec(request)?.[1],
  allowed: Object.fromEntries(ROLES.map((role, i) => [role, allowed[i]])),
}));

const off = { microphone: false, camera: false, screen: false, 'screen-audio': false };
const SDP = 'v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n'
  + 'a=sendonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=setup:actpass\r\n'
  + `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\n`;
const offer = (sdp, sources) => ({ type: 'offer', epoch: 0, new_leg: true, sdp, sources });

// For each row: a message that is fine but for the role, and what it gives to those who may.
const EXAMPLES = {
  join: [({ self }) => ({ type: 'join', token: self.token, name: 'Again' }), 'already_joined'],
  resume: [({ self }) => ({ type: 'resume', token: self.token, participant_id: self.id, session: self.joined.session }), 'already_joined'],
  leave: [() => ({ type: 'leave' }), 'ok'],
  offer: [() => offer(SDP.replace('sendonly', 'recvonly'), []), 'answer'],
  'offer with sources': [() => offer(SDP, [{ mid: '0', source: 'microphone' }]), 'answer'],
  description: [({ other, epoch }) => ({ type: 'description', to: other.id, epoch, description: { type: 'offer', sdp: 'v=0' } }), 'ok', 'auto'],
  candidate: [() => ({ type: 'candidate', to: 'sfu', epoch: 0, candidate: null }), 'ok'],
  'mode-ready': [() => ({ type: 'mode-ready', epoch: 0 }), 'ok'],
  'mode-failed': [() => ({ type: 'mode-failed', epoch: 0, reason: 'no path' }), 'ok'],
  sources: [() => ({ type: 'sources', sources: off, decodes: ['vp8'] }), 'ok'],
  'sources with one that is on': [() => ({ type: 'sources', sources: { ...off, 'screen-audio': true } }), 'ok'],
  rename: [() => ({ type: 'rename', name: 'Somebody' }), 'ok'],
  view: [({ other }) => ({ type: 'view', wanted: [{ participant_id: other.id, group: 'camera' }] }), 'ok'],
  chat: [() => ({ type: 'chat', text: 'hello' }), 'ok'],
  participants: [() => ({ type: 'participants' }), 'ok'],
  ping: [() => ({ type: 'ping' }), 'pong'],
  mute: [({ other }) => ({ type: 'mute', participant_id: other.id, source: 'microphone' }), 'ok'],
  remove: [({ other }) => ({ type: 'remove', participant_id: other.id }), 'ok'],
  lock: [() => ({ type: 'lock', locked: true }), 'ok'],
  end: [() => ({ type: 'end' }), 'ok'],
  admit: [({ knocker }) => ({ type: 'admit', participant_id: knocker.id, admitted: false }), 'ok', 'sfu', { lobby: true }],
};

// At a lobby's door: somebody whom nobody has let in yet.
async function knock(on, room, name, shown) {
  const client = await open(on, room, shown);
  client.id = JSON.parse(Buffer.from(client.token.split('.')[1], 'base64url')).sub;
  const id = ++client.lastId;
  client.raw(JSON.stringify({ type: 'join', token: client.token, name, id }));
  client.answer = client.take((reply) => reply.id === id, 'reply to join', 30_000);
  client.answer.catch(() => {});
  await client.next('waiting');
  return client;
}

// A host, somebody of the given role whom the host let in, and one who waits.
async function behindLobby(room, role) {
  const other = await join(server, room.room_id, 'Other', { host_key: room.host_key });
  let self = other;
  if (role === 'host') {
    self = await join(server, room.room_id, 'Self', shownBy(role, room));
  } else {
    self = await knock(server, room.room_id, 'Self', shownBy(role, room));
    await other.ok({ type: 'admit', participant_id: self.id, admitted: true });
    self.joined = await self.answer;
  }
  return { self, other, knocker: await knock(server, room.room_id, 'Knocker') };
}

const shownBy = (role, room) => ({ host: { host_key: room.host_key }, participant: {}, viewer: { role: 'viewer' } })[role];

test('the table speaks of every request of the schema, and of nothing else', () => {
  assert.deepEqual(head, ['request', ...ROLES]);
  assert.deepEqual([...new Set(table.map((row) => row.type))].sort(), messageTypes('client').sort());
  assert.equal(new Set(table.map((row) => row.request)).size, table.length);
  assert.deepEqual(Object.keys(EXAMPLES).sort(), table.map((row) => row.request).sort());
  for (const { request, allowed } of table) for (const role of ROLES) assert.match(allowed[role], /^(yes|no)$/, `${request}, ${role}`);
});

for (const { request, type, allowed } of table) {
  for (const role of ROLES) {
    test(`${request}: ${role} ${allowed[role] === 'yes' ? 'may' : 'may not'}`, async () => {
      const [make, given, mode = 'sfu', settings = {}] = EXAMPLES[request];
      const room = await server.newRoom({ mode, ...settings });
      const { self, other, knocker } = settings.lobby ? await behindLobby(room, role) : {
        other: await join(server, room.room_id, 'Other'), self: await join(server, room.room_id, 'Self', shownBy(role, room)),
      };
      assert.equal(self.joined.role, role);
      const epoch = mode === 'sfu' ? 0 : (await self.next('mode')).epoch;
      const message = make({ self, other, knocker, epoch });
      assert.equal(message.type, type);
      const refused = await server.refused('not_allowed');
      const reply = await self.request(message);
      assert.equal(reply.type === 'error' ? reply.code : reply.type, allowed[role] === 'yes' ? given : 'not_allowed', JSON.stringify(reply));
      assert.equal(await server.refused('not_allowed') - refused, allowed[role] === 'yes' ? 0 : 1);
      if (allowed[role] === 'no') {    // and nothing came of it
        assert.equal((await self.request({ type: 'ping' })).type, 'pong');
        assert.equal((await other.request({ type: 'ping' })).type, 'pong');
        const seen = other.messages.map((m) => m.type);
        for (const effect of ['muted', 'room-updated', 'closing', 'participant-updated', 'participant-left', 'description']) assert.ok(!seen.includes(effect), effect);
      }
      self.drop();
      other.drop();
    });
  }
}

// ---- roles ----------------------------------------------------------------------------------------------

const ask = async (room, shown, on = server) => documented('post', '/join-room/{room_id}', await on.post(`/join-room/${room}`, shown));

test('the host key comes with the room, makes a host, and no other key does', async () => {
  const room = await documented('post', '/create-room', await server.post('/create-room'));
  assert.equal(Buffer.from(room.host_key, 'base64').length, 24);
  const another = await server.newRoom();
  assert.notEqual(another.host_key, room.host_key);
  assert.equal((await ask(room.room_id, {})).role, 'participant');
  assert.equal((await ask(room.room_id, { role: 'viewer' })).role, 'viewer');
  assert.equal((await ask(room.room_id, { host_key: room.host_key })).role, 'host');
  assert.equal((await ask(room.room_id, { host_key: room.host_key, role: 'viewer' })).role, 'host');
  for (const host_key of [another.host_key, room.host_key.slice(1), `${room.host_key}=`, room.host_key.toLowerCase(), 'x'])
    assert.equal((await ask(room.room_id, { host_key })).code, 'wrong_host_key', host_key);
  const stored = Buffer.concat(readdirSync(path(server.dir, 'data')).filter((name) => name.startsWith('parley.db')).map((name) => readFileSync(path(server.dir, 'data', name))));
  assert.ok(!stored.includes(room.host_key));
});

test('everybody is told who is what', async () => {
  const room = await server.newRoom({ mode: 'sfu' });
  const host = await join(server, room.room_id, 'Ada', { host_key: room.host_key });
  const viewer = await join(server, room.room_id, 'Vic', { role: 'viewer' });
  assert.equal((await host.next('participant-joined')).participant.role, 'viewer');
  const plain = await join(server, room.room_id, 'Ben');
  assert.deepEqual(plain.joined.participants.map((p) => p.role), ['host', 'viewer']);
  assert.equal(plain.joined.role, 'participant');
  assert.equal(plain.joined.protocol_minor, 3);
  assert.deepEqual((await ask(room.room_id)).participants.map((p) => p.role), ['host', 'viewer', 'participant']);
  viewer.drop();
  const again = await resume(viewer);
  assert.equal(again.reply.role, 'viewer');
  await again.refused({ type: 'sources', sources: { ...off, camera: true } }, 'not_allowed');
});

test('with a viewer nobody talks directly; without, two do again', async () => {
  const room = await server.newRoom();
  const ada = await join(server, room.room_id, 'Ada');
  const viewer = await join(server, room.room_id, 'Vic', { role: 'viewer' });
  const first = await ada.next('mode');
  assert.deepEqual([first.mode, first.reason], ['sfu', 'room-mode']);
  assert.equal((await viewer.next('mode-done')).epoch, first.epoch);
  const ben = await join(server, room.room_id, 'Ben');
  assert.equal(ben.joined.mode.mode, 'sfu');
  await viewer.ok({ type: 'leave' });
  assert.equal((await ben.next('mode')).reason, 'two-remain');

  const two = await pair(server);
  await join(server, two.room, 'Vic', { role: 'viewer' });
  const third = await two.first.next('mode');
  assert.deepEqual([third.mode, third.reason], ['sfu', 'third-joined']);
});

// ---- what hosts do --------------------------------------------------------------------------------------

async function meeting(settings = { mode: 'sfu' }, on = server) {
  const room = await on.newRoom(settings);
  const host = await join(on, room.room_id, 'Ada', { host_key: room.host_key });
  const guest = await join(on, room.room_id, 'Ben');
  const third = await join(on, room.room_id, 'Cleo');
  return { ...room, host, guest, third };
}

test('mute: the muted one and the others are told, and unmuting is the muted one\'s own', async () => {
  const { host, guest, third } = await meeting();
  const talking = { ...off, microphone: true, camera: true };
  await guest.ok({ type: 'sources', sources: talking });
  for (const client of [host, third]) assert.deepEqual((await client.next('participant-updated')).participant.sources, talking);
  await host.ok({ type: 'mute', participant_id: guest.id, source: 'microphone' });
  assert.deepEqual(await guest.next('muted'), { type: 'muted', source: 'microphone', by: host.id });
  for (const client of [host, third])
    assert.deepEqual((await client.next('participant-updated')).participant.sources, { ...talking, microphone: false });
  await host.ok({ type: 'mute', participant_id: guest.id, source: 'microphone' });    // is off already: nobody is told
  await guest.ok({ type: 'sources', sources: talking });
  assert.deepEqual((await third.next('participant-updated')).participant.sources, talking);
  assert.equal(guest.messages.filter((m) => m.type === 'muted').length, 1);
  await host.refused({ type: 'mute', participant_id: 'feedfacefeedface', source: 'camera' }, 'no_such_participant');

  guest.drop();
  assert.equal((await host.next('participant-updated')).participant.sources.microphone, true);
  assert.equal((await host.next('participant-updated')).participant.state, 'reconnecting');
  await host.ok({ type: 'mute', participant_id: guest.id, source: 'camera' });
  const again = await resume(guest);
  assert.equal((await again.next('muted')).source, 'camera');
});

test('remove: closed with 4403, not to be resumed; the others see who went', async () => {
  const { room_id, host, guest, third } = await meeting();
  await host.refused({ type: 'remove', participant_id: host.id }, 'no_such_participant');
  await host.ok({ type: 'remove', participant_id: guest.id });
  assert.equal((await guest.next('closing')).reason, 'removed');
  assert.equal(await guest.closed, 4403);
  for (const client of [host, third])
    assert.deepEqual(await client.next('participant-left'), { type: 'participant-left', participant_id: guest.id, reason: 'removed' });
  assert.equal((await resume(guest)).reply.code, 'session_expired');
  await host.refused({ type: 'remove', participant_id: guest.id }, 'no_such_participant');
  third.drop();    // who is reconnecting can be removed as well
  await host.next('participant-updated');
  await host.ok({ type: 'remove', participant_id: third.id });
  assert.equal((await resume(third)).reply.code, 'session_expired');
  assert.equal((await ask(room_id)).participants.length, 1);
});

test('lock: nobody comes in but hosts; who is in stays in, and may resume', async () => {
  const { room_id, host_key, host, guest, third } = await meeting();
  const early = await open(server, room_id);
  await host.ok({ type: 'lock', locked: true });
  for (const client of [host, guest, third]) assert.equal((await client.next('room-updated')).room.locked, true);
  assert.equal((await ask(room_id)).code, 'room_locked');
  assert.equal((await ask(room_id, { role: 'viewer' })).code, 'room_locked');
  await early.refused({ type: 'join', token: early.token, name: 'Late' }, 'room_locked');
  guest.drop();
  const again = await resume(guest);
  assert.equal(again.reply.room.locked, true);
  const second = await join(server, room_id, 'Ada, too', { host_key });
  assert.equal(second.joined.room.locked, true);
  await second.ok({ type: 'lock', locked: true });    // is locked already: nobody is told
  await second.ok({ type: 'lock', locked: false });
  assert.equal((await again.next('room-updated')).room.locked, false);
  assert.equal((await early.request({ type: 'join', token: early.token, name: 'Late' })).type, 'joined');
  assert.equal((await ask(room_id)).room.locked, false);

  await second.ok({ type: 'lock', locked: true });
  for (const client of [host, again, third, second, early]) await client.ok({ type: 'leave' });
  assert.equal((await ask(room_id)).room.locked, false);    // an empty room is not shut for ever
});

test('end: 4410 for everyone, and the room is gone', async () => {
  const { room_id, host, guest, third } = await meeting();
  const early = await open(server, room_id);
  await host.ok({ type: 'end' });
  for (const client of [host, guest, third]) {
    assert.equal((await client.next('closing')).reason, 'room-closed');
    assert.equal(await client.closed, 4410);
  }
  assert.equal((await ask(room_id)).code, 'room_not_found');
  await early.refused({ type: 'join', token: early.token, name: 'Late' }, 'room_not_found');
  assert.equal((await resume(guest)).reply.code, 'session_expired');
});

test('lobby: who joins waits, unseen and told nothing, until a host decides', async () => {
  const { room_id, host_key } = await server.newRoom({ mode: 'sfu', lobby: true });
  const early = await knock(server, room_id, 'Early');    // before there is anybody
  const host = await join(server, room_id, 'Ada', { host_key });
  assert.equal(host.joined.room.lobby, true);
  assert.deepEqual(host.joined.knocks, [{ participant_id: early.id, name: 'Early' }]);
  const ben = await knock(server, room_id, 'Ben', { role: 'viewer' });
  assert.deepEqual((await host.next('knock')).knock, { participant_id: ben.id, name: 'Ben' });
  assert.deepEqual((await ask(room_id)).participants, []);
  assert.equal((await ask(room_id, { host_key })).participants.length, 1);
  const timeline = (token) => fetch(`${server.origin}/rooms/${room_id}/timeline`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal((await timeline(ben.token)).status, 401);
  for (const message of [{ type: 'chat', text: 'hello?' }, { type: 'leave' }, { type: 'join', token: ben.token, name: 'Ben' }]) await ben.refused(message, 'not_joined');
  assert.equal((await ben.request({ type: 'ping' })).type, 'pong');
  assert.equal((await host.request({ type: 'ping' })).type, 'pong');
  assert.ok(!host.messages.some((m) => m.type === 'participant-joined'));
  const twin = new Client(ben.url);    // the same token once more
  await twin.opened;
  await twin.refused({ type: 'join', token: ben.token, name: 'Twin' }, 'room_full');

  await host.ok({ type: 'admit', participant_id: ben.id, admitted: true });
  const joined = await ben.answer;
  assert.deepEqual([joined.type, joined.participant_id, joined.role, joined.knocks], ['joined', ben.id, 'viewer', undefined]);
  assert.equal((await host.next('knock-over')).participant_id, ben.id);
  assert.equal((await host.next('participant-joined')).participant.name, 'Ben');
  assert.equal((await timeline(ben.token)).status, 200);
  ben.joined = joined;
  ben.drop();
  assert.equal((await resume(ben)).reply.resumed, true);    // not asked again

  await host.ok({ type: 'admit', participant_id: early.id, admitted: false });
  assert.equal((await early.answer).code, 'not_admitted');
  assert.equal((await host.next('knock-over')).participant_id, early.id);
  await host.refused({ type: 'admit', participant_id: early.id, admitted: true }, 'no_such_participant');
  assert.ok(!early.messages.some((m) => !['waiting', 'error'].includes(m.type)));

  const gone = await knock(server, room_id, 'Gone');
  assert.equal((await host.next('knock')).knock.name, 'Gone');
  gone.drop();
  assert.equal((await host.next('knock-over')).participant_id, gone.id);

  const last = await knock(server, room_id, 'Last');
  await host.ok({ type: 'lock', locked: true });
  const late = await open(server, await server.createRoom());
  late.drop();
  assert.equal((await ask(room_id)).code, 'room_locked');
  await host.ok({ type: 'admit', participant_id: last.id, admitted: true });    // the host means it
  assert.equal((await last.answer).type, 'joined');
  await host.ok({ type: 'lock', locked: false });
  const other = await knock(server, room_id, 'Other');
  await host.ok({ type: 'end' });
  assert.equal((await other.answer).code, 'room_not_found');
});

test('lobby: whoever nobody answers is told so, and may knock again', async () => {
  const hasty = await new Server({ PARLEY_ROOMS_LOBBY_S: '1' }).start();
  try {
    const { room_id, host_key } = await hasty.newRoom({ lobby: true });
    const host = await join(hasty, room_id, 'Ada', { host_key });
    const ben = await knock(hasty, room_id, 'Ben');
    assert.equal((await ben.answer).code, 'not_admitted');
    assert.equal(await ben.closed, 4408);
    assert.equal((await host.next('knock-over')).participant_id, ben.id);
    const again = await knock(hasty, room_id, 'Ben');
    await host.ok({ type: 'admit', participant_id: again.id, admitted: true });
    assert.equal((await again.answer).type, 'joined');
    await sleep(1500);    // no clock runs any more
    assert.equal((await again.request({ type: 'ping' })).type, 'pong');
  } finally {
    await hasty.stop();
    hasty.remove();
  }
});

test('lobby: 64 wait at most', async () => {
  const { room_id } = await server.newRoom({ lobby: true });
  const waiting = [];
  for (let i = 0; i < 64; i++) waiting.push(await knock(server, room_id, `P${i}`));
  const more = await open(server, room_id);
  await more.refused({ type: 'join', token: more.token, name: 'More' }, 'room_full');
  waiting.pop().drop();
  await sleep(100);
  assert.equal((await knock(server, room_id, 'Then')).messages[0].type, 'waiting');
  for (const client of waiting) client.drop();
});

test('roles, the lock and the password outlive control', async () => {
  const lasting = await new Server().start();
  try {
    const { room_id, host, guest, third } = await meeting({ mode: 'sfu' }, lasting);
    const viewer = await join(lasting, room_id, 'Vic', { role: 'viewer' });
    await host.ok({ type: 'lock', locked: true });
    await viewer.next('room-updated');
    const lobby = await lasting.newRoom({ mode: 'sfu', lobby: true });
    await join(lasting, lobby.room_id, 'Lou', { host_key: lobby.host_key });
    const guarded = await lasting.newRoom({ password: 'open sesame' });
    await join(lasting, guarded.room_id, 'Ali', { password: 'open sesame' });
    process.kill(lasting.child('control'), 'SIGKILL');
    await Promise.all([host, guest, third, viewer].map((client) => client.closed));
    await lasting.ready();
    const [ada, ben, , vic] = await Promise.all([host, guest, third, viewer].map(resume));
    assert.deepEqual([ada, ben, vic].map((client) => client.reply.role), ['host', 'participant', 'viewer']);
    assert.equal(ben.reply.room.locked, true);
    assert.equal((await ask(room_id, {}, lasting)).code, 'room_locked');
    await ben.refused({ type: 'lock', locked: false }, 'not_allowed');
    await vic.refused({ type: 'sources', sources: { ...off, camera: true } }, 'not_allowed');
    await ada.ok({ type: 'lock', locked: false });
    assert.equal((await ask(room_id, {}, lasting)).role, 'participant');
    assert.equal((await knock(lasting, lobby.room_id, 'Max')).messages[0].type, 'waiting');
    assert.equal((await ask(guarded.room_id, {}, lasting)).code, 'password_required');
    assert.equal((await ask(guarded.room_id, { password: 'open sesame' }, lasting)).role, 'participant');
  } finally {
    await lasting.stop();
    lasting.remove();
  }
});

// ---- passes ---------------------------------------------------------------------------------------------

const API_KEY = 'of-the-tests-0123456789abcdef-0123456789';

function sign(claims, { key = API_KEY, alg = 'HS256' } = {}) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg, typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${alg === 'none' ? '' : createHmac('sha256', key).update(signed).digest('base64url')}`;
}

test('a pass of another backend: bound to room, person, role and time', async () => {
  const backed = await new Server({ PARLEY_HTTP_API_KEY: API_KEY }).start();
  try {
    const room = await backed.newRoom({ mode: 'sfu', lobby: true, password: 'open sesame' });
    const claims = { aud: 'parley-pass', room: room.room_id, sub: 'Grace H.', role: 'participant', exp: Math.floor(Date.now() / 1000) + 600 };
    const reply = await ask(room.room_id, { pass: sign(claims) }, backed);
    assert.deepEqual([reply.role, reply.name], ['participant', 'Grace H.']);

    const grace = await join(backed, room.room_id, 'Somebody Else', { pass: sign(claims) });    // no password, no lobby
    const watcher = await join(backed, room.room_id, 'x', { pass: sign({ ...claims, sub: 'Vic', role: 'viewer' }) });
    assert.deepEqual(watcher.joined.participants.map((p) => [p.name, p.role]), [['Grace H.', 'participant']]);
    await grace.refused({ type: 'rename', name: 'Admiral' }, 'not_allowed');
    await watcher.refused({ type: 'sources', sources: { ...off, camera: true } }, 'not_allowed');
    const host = await join(backed, room.room_id, 'x', { pass: sign({ ...claims, sub: 'Ada', role: 'host' }) });
    await host.ok({ type: 'lock', locked: true });
    assert.equal((await ask(room.room_id, { pass: sign(claims) }, backed)).code, 'room_locked');
    assert.equal((await ask(room.room_id, { pass: sign({ ...claims, role: 'host' }) }, backed)).role, 'host');
    await host.ok({ type: 'lock', locked: false });

    const soon = Math.floor(Date.now() / 1000) + 20;
    const { token } = await ask(room.room_id, { pass: sign({ ...claims, exp: soon }) }, backed);
    assert.equal(JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).exp, soon);

    const { aud: _, ...nobodys } = claims;
    const internal = { ...claims, aud: 'parley', sub: '000000000000002a' };
    for (const bad of [sign({ ...claims, exp: 1 }), sign({ ...claims, room: (await backed.newRoom()).room_id }), sign({ ...claims, role: 'boss' }), sign({ ...claims, sub: '' }),
      sign({ ...claims, sub: 'two\nlines' }), sign(nobodys), sign(internal), sign(claims, { key: `${API_KEY}x` }), sign(claims, { alg: 'none' }), sign(claims, { alg: 'HS512' }), token, 'x', 'x.y.z'])
      assert.equal((await ask(room.room_id, { pass: bad }, backed)).code, 'wrong_pass', bad);
    const forged = await open(backed, (await backed.newRoom()).room_id);
    await forged.refused({ type: 'join', token: sign(internal), name: 'Eve' }, 'bad_token');    // a pass is no join token

    process.kill(backed.child('control'), 'SIGKILL');
    await grace.closed;
    await backed.ready();
    const again = await resume(grace);
    await again.refused({ type: 'rename', name: 'Admiral' }, 'not_allowed');
  } finally {
    await backed.stop();
    backed.remove();
  }
  const room = await server.createRoom();    // of a server that has no key
  for (const key of ['', API_KEY])
    assert.equal((await ask(room, { pass: sign({ aud: 'parley-pass', room, sub: 'Eve', role: 'host', exp: 9_999_999_999 }, { key }) })).code, 'wrong_pass');
});

test('parley token makes such passes, or says what is wrong', async () => {
  const backed = await new Server({ PARLEY_HTTP_API_KEY: API_KEY }).start();
  const run = (args, key = API_KEY) => spawnSync(BINARY, ['token', ...args], { encoding: 'utf8', env: { PATH: process.env.PATH, PARLEY_HTTP_API_KEY: key } });
  try {
    const room = await backed.createRoom({ password: 'open sesame' });
    const { stdout, status } = run(['--room', room, '--name', 'Grace Ü.', '--role', 'host', '--expires-in', '60']);
    assert.equal(status, 0);
    const reply = await ask(room, { pass: stdout.trim() }, backed);
    assert.deepEqual([reply.role, reply.name], ['host', 'Grace Ü.']);
    const { exp } = JSON.parse(Buffer.from(stdout.split('.')[1], 'base64url'));
    assert.ok(Math.abs(exp - Date.now() / 1000 - 60) < 10);
    assert.match(run(['--help']).stdout, /--expires-in/);
    for (const [args, words] of [[[], /--room and --name/], [['--room', room], /--name/], [['--room', 'x', '--name', 'A'], /--room: four words/], [['--room', room, '--name', ''], /--name: 1 to 64/],
      [['--room', room, '--name', 'A', '--role', 'boss'], /--role/], [['--room', room, '--name', 'A', '--expires-in', '1h'], /--expires-in/], [['--room', room, '--name', 'A', 'more'], /--room and --name/]]) {
      const refused = run(args);
      assert.deepEqual([refused.status, refused.stdout], [2, ''], String(args));
      assert.match(refused.stderr, words);
    }
    assert.match(run(['--room', room, '--name', 'A'], '').stderr, /http.api_key is not set/);
    assert.match(run(['--room', room, '--name', 'A'], 'short').stderr, /32 or more/);
  } finally {
    await backed.stop();
    backed.remove();
  }
});

// ---- passwords ------------------------------------------------------------------------------------------

test('a password is asked for, and only the right one opens', async () => {
  const password = 'Käse & wine 🧀';
  const room = await server.newRoom({ password });
  assert.equal((await ask(room.room_id)).code, 'password_required');
  for (const wrong of [password.toUpperCase(), `${password} `, password.slice(1), 'x']) assert.equal((await ask(room.room_id, { password: wrong })).code, 'wrong_password', wrong);
  assert.equal((await ask(room.room_id, { password })).role, 'participant');
  assert.equal((await ask(room.room_id, { password, role: 'viewer' })).role, 'viewer');
  assert.equal((await ask(room.room_id, { host_key: room.host_key })).role, 'host');
  assert.equal((await ask(room.room_id, { host_key: 'x', password })).code, 'wrong_host_key');
  const open_room = await server.newRoom();
  assert.equal((await ask(open_room.room_id, { password })).role, 'participant');    // not asked for: not looked at

  const ada = await join(server, room.room_id, 'Ada', { password });
  assert.equal((await ask(room.room_id)).code, 'password_required');    // of the live room, too
  await ada.ok({ type: 'leave' });
  const stored = Buffer.concat(readdirSync(path(server.dir, 'data')).filter((name) => name.startsWith('parley.db')).map((name) => readFileSync(path(server.dir, 'data', name))));
  assert.ok(!stored.includes(password));
  assert.ok(!server.log.includes(password));
});

test('guessing: 429 and Retry-After for the address, whatever the room; others and other doors do not notice', async () => {
  const strict = await new Server({ PARLEY_LIMITS_PASSWORDS_PER_MINUTE: '3', PARLEY_HTTP_TRUSTED_PROXIES: '127.0.0.1' }).start();
  try {
    const [one, two] = [await strict.newRoom({ password: 'correct horse' }), await strict.newRoom({ password: 'battery staple' })];
    const guess = async (room, password, address) => documented('post', '/join-room/{room_id}',
      await strict.post(`/join-room/${room.room_id}`, { password }, { 'x-forwarded-for': address }));
    assert.equal((await guess(one, 'wrong one', '198.51.100.7')).code, 'wrong_password');
    assert.equal((await guess(two, 'wrong two', '198.51.100.7')).code, 'wrong_password');
    assert.equal((await guess(one, 'wrong 3', '198.51.100.7')).code, 'wrong_password');
    assert.equal((await guess(one, 'correct horse', '198.51.100.7')).code, 'too_many_requests');
    assert.equal((await guess(one, 'correct horse', '198.51.100.8')).role, 'participant');
    assert.equal((await documented('post', '/join-room/{room_id}', await strict.post(`/join-room/${(await strict.newRoom()).room_id}`, {}, { 'x-forwarded-for': '198.51.100.7' }))).role, 'participant');
  } finally {
    await strict.stop();
    strict.remove();
  }
});

test('guessing from many addresses: a share of the time, and signalling goes on', async () => {
  const flooded = await new Server({ PARLEY_HTTP_TRUSTED_PROXIES: '127.0.0.1' }).start();
  try {
    const room = await flooded.newRoom({ password: 'correct horse' });
    const calm = await join(flooded, (await flooded.newRoom({ mode: 'sfu' })).room_id);
    const guesses = Promise.all(Array.from({ length: 150 }, async (_, i) => (await flooded.post(`/join-room/${room.room_id}`, { password: 'wrong' }, { 'x-forwarded-for': `198.51.100.${i}` })).status));
    assert.equal((await calm.request({ type: 'ping' })).type, 'pong');
    const statuses = await guesses;
    assert.deepEqual([...new Set(statuses)].sort(), [403, 429], String(statuses));
    const enter = async () => (await flooded.post(`/join-room/${room.room_id}`, { password: 'correct horse' })).status;
    let status = await enter();
    for (let i = 0; i < 20 && status === 429; i++) {
      await sleep(500);
      status = await enter();
    }
    assert.equal(status, 200);
  } finally {
    await flooded.stop();
    flooded.remove();
  }
});

test('a client that is nobody yet has no rights at all', async () => {
  const { ws_url } = await server.joinRoom(await server.createRoom());
  const client = new Client(ws_url);
  await client.opened;
  for (const { request, type } of table.filter((row) => !['join', 'resume'].includes(row.type))) {
    const [make] = EXAMPLES[request];
    const message = make({ self: client, other: { id: 'feedfacefeedface' }, knocker: { id: 'feedfacefeedface' }, epoch: 0 });
    assert.equal(message.type, type);
    await client.refused(message, 'not_joined');
  }
  client.drop();
});
