// Bad input by WebSocket: each is refused by its code, counted, and neither its sender's socket nor the call
// next to it notices. The schema's view and the server's are the same.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { conforms, join, open, pair } from './client.mjs';
import { serve } from './server.mjs';

const server = serve({ before, after }, { PARLEY_LIMITS_MESSAGE_BURST: '200', PARLEY_LIMITS_MESSAGES_PER_SECOND: '200' });
const ID = 'feedfacefeedface';
const muted = { microphone: false, camera: false, screen: false, 'screen-audio': false };

// Refused with the code, counted once, and the socket goes on.
async function counted(client, code, send) {
  const before = await server.refused(code);
  await send();
  assert.equal(await server.refused(code), before + 1);
  assert.equal((await client.request({ type: 'ping' })).type, 'pong');
}

// A message that cannot carry an id gets an error without one.
async function unreadable(client, bytes, code) {
  client.raw(bytes);
  const reply = await client.next('error');
  assert.equal(reply.id, undefined);
  assert.equal(reply.code, code);
}

test('what is not a JSON object in UTF-8 text', async () => {
  const client = await join(server, await server.createRoom({ mode: 'sfu' }));
  const bad = [
    '{"type":"ping"', 'null', '[]', '"ping"', '', '{"type":"ping","type":"leave"}', '{"type":"ping"} trailing',
    '[[[[[[[[', '{"type":"chat","text":"\\u0000"}',
  ];
  for (const text of bad) await counted(client, 'bad_message', () => unreadable(client, text, 'bad_message'));
  await counted(client, 'binary', () => unreadable(client, Buffer.from('{"type":"ping"}'), 'binary'));
});

test('text that is too long', async () => {
  const client = await join(server, await server.createRoom({ mode: 'sfu' }));
  await counted(client, 'too_large', () => unreadable(client, `{"type":"chat","text":"${'x'.repeat(80_000)}"}`, 'too_large'));
  await counted(client, 'too_large', () => client.refused({ type: 'offer', epoch: 0, new_leg: true, sources: [], sdp: 'v'.repeat(65_537) }, 'too_large'));
  await counted(client, 'bad_message', () => client.refused({ type: 'chat', text: 'x'.repeat(4001) }, 'bad_message'));
  // The same over many fragments.
  await counted(client, 'too_large', async () => {
    for (let i = 0; i < 40; i++) client.socket.send('y'.repeat(4096), { fin: i === 39 });
    assert.equal((await client.next('error')).code, 'too_large');
  });
});

test('bytes that are no UTF-8', async () => {
  const client = await join(server, await server.createRoom({ mode: 'sfu' }));
  const frame = Buffer.from('{"type":"chat","text":"\xff\xfe"}', 'latin1');
  await counted(client, 'bad_message', async () => {
    client.socket.send(frame, { binary: false });
    assert.equal((await client.next('error')).code, 'bad_message');
  });
});

const tile = { participant_id: ID, group: 'camera' };
const badTiles = [
  ...['width', 'height'].flatMap((name) => [-1, 16_385, 2 ** 31, 2 ** 53, 1e300, 0.5, '640', null, true, [640], {}].map((value) => ({ [name]: value }))),
  ...['visible', 'pinned'].flatMap((name) => [0, 1, 'true', null, [], {}].map((value) => ({ [name]: value }))),
  { depth: 3 }, { participant_id: 7 }, { participant_id: null }, { group: 0 }, { group: null },
];
const badViews = [
  ...badTiles.map((bad) => ({ type: 'view', wanted: [{ ...tile, width: 320, height: 180 }, { ...tile, ...bad }] })),
  ...[0, 'true', null, [], {}].map((audio_only) => ({ type: 'view', wanted: [], audio_only })),
  { type: 'view' }, { type: 'view', wanted: null }, { type: 'view', wanted: [null] }, { type: 'view', wanted: [[]] }, { type: 'view', wanted: [], video_only: true },
];

test('members that are missing, of the wrong type, out of range or unknown', async () => {
  const client = await join(server, await server.createRoom({ mode: 'sfu' }));
  const bad = [
    {}, { type: 7 }, { type: 'chat' }, { type: 'chat', text: 7 }, { type: 'chat', text: '' }, { type: 'chat', text: 'x', to: ID },
    { type: 'chat', text: 'bell\u0007' }, { type: 'rename', name: '' }, { type: 'rename', name: 'x'.repeat(65) },
    { type: 'rename', name: 'two\nlines' }, { type: 'rename', name: 'turned\u202eround' }, { type: 'rename', name: { toString: 'x' } },
    { type: 'sources', sources: [] }, { type: 'sources', sources: { ...muted, camera: 1 } },
    { type: 'sources', sources: { microphone: true } }, { type: 'sources', sources: { ...muted, webcam: true } },
    { type: 'sources', sources: muted, decodes: 'vp8' }, { type: 'sources', sources: muted, decodes: ['mpeg2'] },
    { type: 'sources', sources: muted, decodes: [1] }, { type: 'sources', sources: muted, decodes: Array(5).fill('vp8') },
    { type: 'view', wanted: {} }, { type: 'view', wanted: [{ participant_id: 'x', group: 'camera' }] },
    { type: 'view', wanted: [{ participant_id: ID, group: 'face' }] },
    { type: 'view', wanted: Array(65).fill({ participant_id: ID, group: 'camera' }) },
    ...badViews,
    { type: 'mode-ready' }, { type: 'mode-ready', epoch: -1 }, { type: 'mode-ready', epoch: 1.5 }, { type: 'mode-ready', epoch: 2 ** 31 },
    { type: 'mode-failed', epoch: 0 }, { type: 'mode-failed', epoch: 0, reason: 'x'.repeat(201) },
    { type: 'offer', epoch: 0, new_leg: 'yes', sdp: 'v=0', sources: [] }, { type: 'offer', epoch: 0, new_leg: true, sdp: '', sources: [] },
    { type: 'offer', epoch: 0, new_leg: true, sdp: 'v=0', sources: [{ mid: '0', source: 'face' }] },
    { type: 'offer', epoch: 0, new_leg: true, sdp: 'v=0', sources: [{ mid: '', source: 'camera' }] },
    { type: 'offer', epoch: 0, new_leg: true, sdp: 'v=0', sources: Array(5).fill({ mid: '0', source: 'camera' }) },
    { type: 'offer', epoch: 0, new_leg: true, sdp: 'v=0', sources: [{ mid: 'm'.repeat(32), source: 'camera' }] },
    { type: 'description', to: ID, epoch: 0, description: { type: 'pranswer', sdp: 'v=0' } },
    { type: 'description', to: ID, epoch: 0, description: 'v=0' }, { type: 'description', to: 'sfu', epoch: 0, description: { type: 'offer', sdp: 'x' } },
    { type: 'candidate', to: ID, epoch: 0, candidate: {} }, { type: 'candidate', to: ID, epoch: 0 },
    { type: 'candidate', to: ID, epoch: 0, candidate: { candidate: 'x'.repeat(1025) } },
    { type: 'candidate', to: ID, epoch: 0, candidate: { candidate: '', sdpMLineIndex: 64 } },
    { type: 'mute', participant_id: ID }, { type: 'mute', source: 'camera' }, { type: 'mute', participant_id: ID, source: 'face' },
    { type: 'mute', participant_id: 'sfu', source: 'camera' }, { type: 'remove' }, { type: 'remove', participant_id: 7 },
    { type: 'remove', participant_id: ID, reason: 'noise' }, { type: 'lock' }, { type: 'lock', locked: 1 }, { type: 'end', room_id: 'x' },
    { type: 'admit', participant_id: ID }, { type: 'admit', participant_id: ID, admitted: 'yes' }, { type: 'admit', admitted: true },
    { type: 'candidate', to: ID.toUpperCase(), epoch: 0, candidate: null }, { type: 'candidate', to: '', epoch: 0, candidate: null },
  ];
  const SERVER_ONLY = /bell|turned|two\n/;    // what a JSON Schema's maxLength does not say
  for (const message of bad) {
    if (!SERVER_ONLY.test(JSON.stringify(message).replaceAll('\\n', '\n')))
      assert.equal(conforms('client', message), false, `the schema allows ${JSON.stringify(message)}`);
    await client.refused(message, 'bad_message');
    await client.request({ type: 'ping' });
  }
  await client.refused({ type: 'dance' }, 'unknown_type');
  for (const id of [0, -1, 1.5, 2 ** 31, '1', null]) await unreadable(client, JSON.stringify({ type: 'ping', id }), 'bad_message');
});

test('a bad view: the field is named, it is counted, and neither the last view nor the neighbour\'s call is touched', async () => {
  const { first, second, epoch } = await pair(server);
  for (const [message, field] of [[badViews[0], 'width'], [badViews.at(-1), 'an unknown member'], [{ type: 'view', wanted: Array(65).fill(tile) }, 'wanted']]) {
    await counted(first, 'bad_message', async () => {
      const { message: reason } = await first.refused(message, 'bad_message');
      assert.ok(reason.startsWith(`view: ${field} `), reason);
    });
    await second.ok({ type: 'candidate', to: first.id, epoch, candidate: null });
  }
  // Too large for any reader of integers: not JSON for us, so there is no id to reply to.
  await counted(first, 'bad_message', () => unreadable(first, `{"type":"view","id":7,"wanted":[{"participant_id":"${ID}","group":"camera","width":${'9'.repeat(30)}}]}`, 'bad_message'));
  await first.ok({ type: 'view', wanted: [{ ...tile, width: 16_384, height: 0, visible: false, pinned: true }], audio_only: true });
  await first.ok({ type: 'view', wanted: Array(64).fill(tile) });
});

test('messages before join; a second join on one socket', async () => {
  const room = await server.createRoom({ mode: 'sfu' });
  const client = await open(server, room);
  const early = [
    { type: 'leave' }, { type: 'chat', text: 'x' }, { type: 'ping' }, { type: 'rename', name: 'x' }, { type: 'view', wanted: [] },
    { type: 'sources', sources: muted }, { type: 'mode-ready', epoch: 0 }, { type: 'mode-failed', epoch: 0, reason: '' },
    { type: 'offer', epoch: 0, new_leg: true, sdp: 'v=0', sources: [] }, { type: 'candidate', to: 'sfu', epoch: 0, candidate: null },
    { type: 'description', to: ID, epoch: 0, description: { type: 'offer', sdp: 'v=0' } },
    { type: 'mute', participant_id: ID, source: 'camera' }, { type: 'remove', participant_id: ID }, { type: 'lock', locked: true }, { type: 'end' },
    { type: 'admit', participant_id: ID, admitted: true },
  ];
  for (const message of early) await client.refused(message, 'not_joined');
  const joined = await client.request({ type: 'join', token: client.token, name: 'Ada' });
  assert.equal(joined.type, 'joined');
  await counted(client, 'already_joined', () => client.refused({ type: 'join', token: client.token, name: 'Ada' }, 'already_joined'));
  await client.refused({ type: 'resume', token: client.token, participant_id: joined.participant_id, session: joined.session }, 'already_joined');
});

test('candidates to the server that point at private networks', async () => {
  const client = await join(server, await server.createRoom({ mode: 'sfu' }));
  const to = (address) => ({ type: 'candidate', to: 'sfu', epoch: 0, candidate: { candidate: `candidate:1 1 udp 2122260223 ${address} 50000 typ host` } });
  for (const address of ['127.0.0.1', '10.1.2.3', '192.168.0.1', '172.16.0.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1', '::1',
    'fe80::1', 'fd00::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '64:ff9b::7f00:1', 'localhost', '0x7f000001', '127.1'])
    await counted(client, 'candidate_refused', () => client.refused(to(address), 'candidate_refused'));
  for (const address of ['8.8.8.8', '2606:4700::1111', '3d5cd9a1-17c7-4d36-b0f1-7a5ea8e34a8e.local']) await client.ok(to(address));
  await client.ok({ type: 'candidate', to: 'sfu', epoch: 0, candidate: null });
  await client.ok({ type: 'candidate', to: 'sfu', epoch: 0, candidate: { candidate: '' } });
});

test('offers that the media worker refuses', async () => {
  const client = await join(server, await server.createRoom({ mode: 'sfu' }));
  const head = 'v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n';
  const media = 'm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n';
  const ice = 'a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n';
  const fingerprint = `a=setup:actpass\r\na=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\n`;
  const bundle = 'a=group:BUNDLE 0\r\n';
  const offer = (sdp, sources = [{ mid: '0', source: 'microphone' }]) => ({ type: 'offer', epoch: 0, new_leg: true, sdp, sources });
  const cases = [
    ['bad_sdp', offer('this is no SDP')],
    ['bad_sdp', offer(head + Array(1000).fill('m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n').join(''))],
    ['no_ice', offer(head + bundle + media + fingerprint)],
    ['no_fingerprint', offer(head + bundle + media + ice)],
    ['no_bundle', offer(head + media + ice + fingerprint)],
    ['bad_sources', offer(head + bundle + media + ice + fingerprint, [{ mid: '7', source: 'microphone' }])],
    ['bad_sources', offer(head + bundle + media + ice + fingerprint, [{ mid: '0', source: 'camera' }])],
  ];
  for (const [code, message] of cases) await counted(client, code, () => client.refused(message, code));
  const answer = await client.request(offer(head + bundle + media + ice + fingerprint));
  assert.equal(answer.type, 'answer');
  assert.match(answer.sdp, /a=ice-lite/);
  await counted(client, 'changed_mlines', () => client.refused(
    { ...offer(head + bundle.replace('0', 'v') + media.replace('audio', 'video').replace('mid:0', 'mid:v').replace('opus/48000/2', 'VP8/90000') + ice + fingerprint, [{ mid: 'v', source: 'camera' }]), new_leg: false },
    'changed_mlines'));
});

test('unreadable messages again and again close the socket with 4400, and only that one', async () => {
  const { first, second, epoch } = await pair(server);
  for (let i = 0; i < 40; i++) first.raw('{');
  assert.equal(await first.closed, 4400);
  assert.equal((await second.next('participant-updated')).participant.state, 'reconnecting');
  await second.ok({ type: 'description', to: first.id, epoch, description: { type: 'offer', sdp: 'v=0' } });
});

test('too many messages: too_many, then 4429', async () => {
  const { first, second } = await pair(server);
  for (let i = 1; i <= 1000; i++) first.raw(`{"type":"ping","id":${i + 1000}}`);
  assert.equal((await first.next('error')).code, 'too_many');
  assert.equal(await first.closed, 4429);
  await second.ok({ type: 'chat', text: 'still here' });
});

test('upgrades from other origins, at other places, with other subprotocols', async () => {
  const { ws_url } = await server.joinRoom(await server.createRoom());
  const status = (url, protocol, headers) => new Promise((resolve) => {
    const socket = new WebSocket(url, protocol, { headers });
    socket.once('open', () => { resolve(101); socket.terminate(); });
    socket.once('unexpected-response', (request, response) => { resolve(response.statusCode); request.destroy(); });
    socket.once('error', () => resolve(0));
  });
  const before = await server.metric('parley_control_upgrades_refused_total');
  assert.equal(await status(ws_url, 'parley.v1', { origin: server.origin }), 101);
  assert.equal(await status(ws_url, 'parley.v1', {}), 101);
  for (const origin of ['http://evil.example', 'null', `http://127.0.0.1:${server.port}.evil.example`, `http://evil.127.0.0.1:${server.port}`, 'file://', `ftp://127.0.0.1:${server.port}`])
    assert.equal(await status(ws_url, 'parley.v1', { origin }), 403, origin);
  assert.equal(await status(ws_url, 'parley.v2', {}), 400);
  assert.equal(await status(ws_url, [], {}), 400);
  assert.equal(await status(ws_url.replace('/ws', '/socket'), 'parley.v1', {}), 400);
  assert.equal(await server.metric('parley_control_upgrades_refused_total'), before + 9);
});
