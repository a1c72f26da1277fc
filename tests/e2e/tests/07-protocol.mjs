// Bad input by REST and WebSocket, next to a call that does not notice.
import assert from 'node:assert/strict';
import { Client, joinAsClient } from '../client.mjs';
import { keepDecoding, sees } from '../media.mjs';
import { joinRoom } from '../page.mjs';
import { test } from '../suite.mjs';

async function call(t) {
  const server = await t.server({}, { fresh: true });
  const room = await server.createRoom({ mode: 'sfu' });
  const people = [await t.person(1), await t.person(2)];
  for (const p of people) await joinRoom(p, server.url, room);
  await Promise.all([sees(people[0], [2]), sees(people[1], [1])]);
  return { server, people };
}

test('REST: errors are problem+json with the right status', async (t) => {
  const server = await t.server();
  const room = await server.createRoom({ capacity: 2 });
  const cases = [
    [404, 'room_not_found', '/join-room/babab-babab-babab-babab', {}],
    [400, null, '/join-room/not-a-room-id', {}],
    [400, null, '/create-room', { capacity: 'many' }],
    [400, null, '/create-room', { mode: 'mesh' }],
    [400, null, `/join-room/${room}`, { name: 7 }],
  ];
  for (const [status, code, path, body] of cases) {
    const reply = await server.post(path, body);
    // An id that cannot be one may be called unknown, too.
    assert.ok(reply.status === status || (status === 400 && reply.status === 404), `${path} ${JSON.stringify(body)}: ${reply.status}`);
    assert.match(reply.type, /application\/problem\+json/);
    if (code) assert.equal(reply.body.code, code);
    assert.ok(reply.body.title && reply.body.status === reply.status);
  }
  const unread = await fetch(`http://127.0.0.1:${server.port}/create-room`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":' });
  assert.equal(unread.status, 400);
});

test('WebSocket: bad messages are refused, counted, and the call goes on', { timeout: 150_000 }, async (t) => {
  const { server, people } = await call(t);
  const room = await server.createRoom({ mode: 'sfu' });
  const before = await server.metric(/^parley_control_/);
  const playing = keepDecoding(people, 1, 15_000, 3000);

  const fresh = async () => {
    const { body } = await server.post(`/join-room/${room}`, { name: 'x' });
    const c = new Client(body.ws_url);
    t.onEnd(() => c.close());
    await c.opened;
    c.token = body.token;
    return c;
  };
  const refused = async (client, message, code) => {
    const reply = await client.request(message);
    assert.equal(reply.type, 'error', `${JSON.stringify(message).slice(0, 80)} is refused: ${JSON.stringify(reply)}`);
    assert.equal(reply.code, code, JSON.stringify(message).slice(0, 200));
  };

  const early = await fresh();
  await refused(early, { type: 'chat', text: 'hello' }, 'not_joined');
  await refused(early, { type: 'join', token: 'nonsense', name: 'x' }, 'bad_token');
  assert.equal(await early.closed, 4401);

  const c = await joinAsClient(t, server, room);
  assert.equal(c.joined.type, 'joined');
  const epoch = c.joined.mode.epoch;
  await refused(c, { type: 'join', token: c.token, name: 'x' }, 'already_joined');
  await refused(c, { type: 'dance' }, 'unknown_type');
  await refused(c, { type: 'chat', text: 7 }, 'bad_message');
  await refused(c, { type: 'chat', text: 'x'.repeat(4001) }, 'bad_message');
  const offer = { type: 'offer', epoch, new_leg: true, sources: [] };
  const sdp = (...lines) => ['v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0', ...lines, ''].join('\r\n');
  await refused(c, { ...offer, sdp: 'nonsense' }, 'bad_sdp');
  await refused(c, { ...offer, sdp: sdp(...Array.from({ length: 1000 }, () => 'm=audio 9 UDP/TLS/RTP/SAVPF 111')) }, 'bad_sdp');
  const audio = ['a=group:BUNDLE 0', 'm=audio 9 UDP/TLS/RTP/SAVPF 111', 'c=IN IP4 0.0.0.0', 'a=mid:0', 'a=rtcp-mux', 'a=rtpmap:111 opus/48000/2', 'a=setup:actpass', 'a=sendonly'];
  const ice = ['a=ice-ufrag:abcd', 'a=ice-pwd:abcdefghijklmnopqrstuvwx'];
  const fingerprint = `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => '0A').join(':')}`;
  await refused(c, { ...offer, sdp: sdp(...audio, fingerprint) }, 'no_ice');
  await refused(c, { ...offer, sdp: sdp(...audio, ...ice) }, 'no_fingerprint');
  await refused(c, { ...offer, epoch: epoch + 7, sdp: sdp(...audio, ...ice, fingerprint) }, 'stale_epoch');
  for (const address of ['127.0.0.1', '10.0.0.1', '192.168.1.1', '169.254.1.1', '::1', 'fe80::1']) {
    await refused(c, { type: 'candidate', to: 'sfu', epoch, candidate: { candidate: `candidate:1 1 udp 2122260223 ${address} 5000 typ host`, sdpMid: '0', sdpMLineIndex: 0 } }, 'candidate_refused');
  }
  c.send('{"type":');
  assert.equal((await c.wait((m) => m.type === 'error' && m.id === undefined, 'error for bad JSON')).code, 'bad_message');
  c.send(Buffer.from([1, 2, 3]));
  assert.ok(await c.wait((m) => m.type === 'error' && m.code === 'binary', 'error for a binary frame'));
  assert.deepEqual(c.invalid, [], 'every message of the server fits the schema');

  const large = await joinAsClient(t, server, room, 'Large');
  large.send(JSON.stringify({ type: 'chat', id: 99, text: 'x'.repeat(300 * 1024) }));
  const outcome = await Promise.race([large.closed, large.wait((m) => m.type === 'error', 'error or close')]);
  assert.ok(typeof outcome === 'number' || outcome.code === 'too_large' || outcome.code === 'bad_message', JSON.stringify(outcome));

  await playing;
  assert.ok((await server.metric(/^parley_control_/)) > before, 'refusals are counted');
});

test('WebSocket: an answer nobody asked for, in a P2P room', async (t) => {
  const server = await t.server();
  const room = await server.createRoom();
  const a = await joinAsClient(t, server, room, 'A');
  const b = await joinAsClient(t, server, room, 'B');
  const mode = await b.wait((m) => m.type === 'mode', 'mode');
  assert.equal(mode.mode, 'p2p');
  const reply = await a.request({ type: 'description', to: b.joined.participant_id, epoch: mode.epoch, description: { type: 'answer', sdp: 'v=0\r\n' } });
  assert.equal(reply.code, 'unexpected_answer');
  const relayed = await b.request({ type: 'description', to: a.joined.participant_id, epoch: mode.epoch, description: { type: 'offer', sdp: 'v=0\r\n' } });
  assert.equal(relayed.type, 'ok');
  assert.equal((await a.wait((m) => m.type === 'description')).description.type, 'offer');
  assert.deepEqual([...a.invalid, ...b.invalid], []);
});

test('an upgrade from another origin is refused', async (t) => {
  const server = await t.server();
  const room = await server.createRoom();
  const { body } = await server.post(`/join-room/${room}`, {});
  const stranger = new Client(body.ws_url, { origin: 'https://evil.example' });
  await assert.rejects(stranger.opened, /403|Unexpected server response|socket hang up/);
});
