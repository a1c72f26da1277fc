// P2P, SFU, and the change between them (docs/protocol.md, "Modes").
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { join, pair, resume } from './client.mjs';
import { serve } from './server.mjs';

const server = serve({ before, after }, {
  PARLEY_ROOMS_P2P_TIMEOUT_S: '2', PARLEY_ROOMS_SWITCH_TIMEOUT_S: '2', PARLEY_ROOMS_P2P_RETURN_S: '1',
});

const change = (mode, epoch, reason) => ({ type: 'mode', mode, epoch, reason });
const done = (mode, epoch) => ({ type: 'mode-done', mode, epoch });

async function standingPair(settings) {
  const p = await pair(server, settings);
  await p.first.ok({ type: 'mode-ready', epoch: p.epoch });
  await p.second.ok({ type: 'mode-ready', epoch: p.epoch });
  assert.deepEqual(await p.first.next('mode-done'), done('p2p', p.epoch));
  assert.deepEqual(await p.second.next('mode-done'), done('p2p', p.epoch));
  return p;
}

test('descriptions and candidates are relayed as they are', async () => {
  const { first, second, epoch } = await pair(server);
  const sdp = 'v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns="quoted \\ back"\r\n';
  await second.ok({ type: 'description', to: first.id, epoch, description: { type: 'offer', sdp } });
  assert.deepEqual(await first.next('description'), { type: 'description', from: second.id, epoch, description: { type: 'offer', sdp } });
  await first.ok({ type: 'description', to: second.id, epoch, description: { type: 'answer', sdp } });
  assert.equal((await second.next('description')).description.type, 'answer');

  const candidate = { candidate: 'candidate:1 1 udp 2122260223 192.168.1.7 50000 typ host', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'abcd' };
  await first.ok({ type: 'candidate', to: second.id, epoch, candidate });
  assert.deepEqual((await second.next('candidate')).candidate, candidate);
  await first.ok({ type: 'candidate', to: second.id, epoch, candidate: null });
  assert.equal((await second.next('candidate')).candidate, null);
});

test('an answer passes only if an offer is outstanding', async () => {
  const { first, second, epoch } = await pair(server);
  const answer = { type: 'answer', sdp: 'v=0' };
  const offer = { type: 'offer', sdp: 'v=0' };
  await first.refused({ type: 'description', to: second.id, epoch, description: answer }, 'unexpected_answer');
  await second.ok({ type: 'description', to: first.id, epoch, description: offer });
  await second.refused({ type: 'description', to: first.id, epoch, description: answer }, 'unexpected_answer');
  await first.ok({ type: 'description', to: second.id, epoch, description: offer });    // glare
  await second.ok({ type: 'description', to: first.id, epoch, description: answer });   // the polite one gives in
  await first.refused({ type: 'description', to: second.id, epoch, description: answer }, 'unexpected_answer');
});

test('words of another epoch, to nobody, or of the other mode are refused', async () => {
  const { first, second, epoch } = await pair(server);
  const description = { type: 'offer', sdp: 'v=0' };
  await first.refused({ type: 'description', to: second.id, epoch: epoch + 1, description }, 'stale_epoch');
  await first.refused({ type: 'candidate', to: second.id, epoch: epoch - 1, candidate: null }, 'stale_epoch');
  await first.refused({ type: 'mode-ready', epoch: epoch + 7 }, 'stale_epoch');
  await first.refused({ type: 'mode-failed', epoch: epoch + 7, reason: '' }, 'stale_epoch');
  await first.refused({ type: 'description', to: 'feedfacefeedface', epoch, description }, 'no_such_participant');
  await first.refused({ type: 'description', to: first.id, epoch, description }, 'no_such_participant');
  await first.refused({ type: 'offer', epoch, new_leg: true, sdp: 'v=0', sources: [] }, 'wrong_mode');
  await first.refused({ type: 'candidate', to: 'sfu', epoch, candidate: null }, 'wrong_mode');
});

test('the third to join moves everyone to the SFU, make-before-break', async () => {
  const { room, first, second, epoch } = await standingPair();
  const third = await join(server, room, 'Cleo');
  assert.equal(third.joined.mode.epoch, epoch);    // the change itself comes as mode
  for (const client of [first, second, third])
    assert.deepEqual(await client.next('mode'), change('sfu', epoch + 1, 'third-joined'));
  await first.ok({ type: 'mode-ready', epoch: epoch + 1 });
  assert.equal((await join(server, room, 'Dan')).joined.mode.switching, true);
  await second.ok({ type: 'mode-ready', epoch: epoch + 1 });    // the newcomers are not waited for
  for (const client of [first, second, third])
    assert.deepEqual(await client.next('mode-done'), done('sfu', epoch + 1));
});

test('who does not get ready is waited for until switch_timeout_s', async () => {
  const { room, first, epoch } = await standingPair();
  await join(server, room);
  const before = Date.now();
  assert.deepEqual(await first.next('mode-done'), done('sfu', epoch + 1));
  assert.ok(Date.now() - before > 1500);
});

test('two who are left alone go back to P2P', async () => {
  const { room, first, second, epoch } = await standingPair();
  const third = await join(server, room);
  await Promise.all([first, second].map((c) => c.ok({ type: 'mode-ready', epoch: epoch + 1 })));
  await first.next('mode-done');
  await third.ok({ type: 'leave' });
  for (const client of [first, second]) {
    await client.take((m) => m.type === 'mode' && m.epoch === epoch + 2 && m.reason === 'two-remain' && m.mode === 'p2p');
    await client.ok({ type: 'mode-ready', epoch: epoch + 2 });
  }
  assert.deepEqual(await first.take((m) => m.type === 'mode-done' && m.epoch === epoch + 2), done('p2p', epoch + 2));
});

test('a pair that cannot connect in time gets the SFU, and no second try', async () => {
  const { first, second, epoch } = await pair(server);
  for (const client of [first, second])
    assert.deepEqual(await client.take((m) => m.type === 'mode' && m.mode === 'sfu'), change('sfu', epoch + 1, 'p2p-failed'));
  await Promise.all([first, second].map((c) => c.ok({ type: 'mode-ready', epoch: epoch + 1 })));
  await first.next('mode-done');
  await assert.rejects(first.next('mode', 2000));
});

test('mode-failed gives the SFU at once', async () => {
  const { first, second, epoch } = await standingPair();
  await second.ok({ type: 'mode-failed', epoch, reason: 'ICE failed' });
  assert.deepEqual(await first.next('mode'), change('sfu', epoch + 1, 'p2p-failed'));
});

test('a room of mode sfu begins there; p2p holds two', async () => {
  const ada = await join(server, await server.createRoom({ mode: 'sfu' }));
  assert.deepEqual(ada.joined.mode, { mode: 'sfu', epoch: 0, switching: false });
  const { room } = await standingPair({ mode: 'p2p' });
  assert.equal((await server.post(`/join-room/${room}`)).status, 409);
});

test('a first pair waits for one who is reconnecting', async () => {
  const room = await server.createRoom();
  const ada = await join(server, room);
  ada.drop();
  const ben = await join(server, room);
  await assert.rejects(ben.next('mode', 500));
  const again = await resume(ada);
  assert.equal((await again.next('mode')).reason, 'first-pair');
  assert.equal((await ben.next('mode')).reason, 'first-pair');
});
