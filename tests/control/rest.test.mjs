// The REST interface against docs/openapi.yaml: what the server really answers, and the page's files.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { join as path } from 'node:path';
import { after, before, test } from 'node:test';
import YAML from 'yaml';
import { join } from './client.mjs';
import { answered, document, documented } from './openapi.mjs';
import { PAGE, SCRIPT, Server, serve } from './server.mjs';

const server = serve({ before, after });

test('create-room: every option and every refusal', async () => {
  const create = async (body) => documented('post', '/create-room', await server.post('/create-room', body));
  const plain = await create();
  assert.match(plain.room_id, /^[a-z]{5}(-[a-z]{5}){3}$/);
  assert.equal(plain.url, `${server.origin}/r/${plain.room_id}`);
  assert.equal(plain.mode, 'auto');
  assert.equal((await create({ name: 'Teé 🫖', mode: 'sfu', capacity: 7, expires_in_s: 3600 })).capacity, 7);
  assert.equal((await create({ mode: 'p2p' })).capacity, 2);
  assert.notEqual((await create({})).room_id, plain.room_id);
  for (const bad of [{ capacity: 0 }, { capacity: 4097 }, { capacity: 2.5 }, { capacity: '4' }, { mode: 'mesh' }, { mode: 1 }, { name: 7 }, { name: 'x'.repeat(121) },
    { name: 'bell\u0007' }, { expires_in_s: 59 }, { expires_in_s: -1 }, { lobby: 1 }, { waiting_room: true },
    { password: 'x'.repeat(7) }, { password: 'x'.repeat(129) }, { password: 12345678 }, { password: 'bell\u0007bell' }, { host_key: 'x'.repeat(32) }, [], '{', '"x"', 'null', '\xff'])
    assert.equal((await create(bad)).code, 'bad_request', JSON.stringify(bad));
  assert.equal((await create(`{"name":"${'x'.repeat(10_000)}"}`)).code, 'body_too_large');
  const foreign = await server.post('/create-room', {}, { origin: 'http://evil.example' });
  assert.equal((await documented('post', '/create-room', foreign)).code, 'origin_refused');
});

test('join-room: a token, or why not', async () => {
  const room = await server.createRoom({ name: 'Tea', capacity: 1 });
  const ask = async (id, body) => documented('post', '/join-room/{room_id}', await server.post(`/join-room/${id}`, body));
  const reply = await ask(room, { name: 'Ada' });
  assert.equal(reply.ws_url, `ws://127.0.0.1:${server.port}/ws`);
  assert.equal(reply.room.name, 'Tea');
  assert.deepEqual(reply.participants, []);
  const [head, claims] = reply.token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')));
  assert.equal(head.alg, 'HS256');
  assert.equal(claims.room, room);
  assert.equal(claims.aud, 'parley');
  assert.ok(claims.exp - Date.now() / 1000 <= 60);

  const ada = await join(server, room);
  assert.equal((await ask(room)).code, 'room_full');
  await ada.ok({ type: 'leave' });
  assert.equal((await ask('babab-babab-babab-babab')).code, 'room_not_found');
  for (const id of ['x', 'babab-babab-babab', 'BABAB-babab-babab-babab', 'babab-babab-babab-babab-babab', 'baaab-babab-babab-babab'])
    assert.equal((await ask(id)).code, 'bad_room_id');
  for (const body of [{ name: '' }, { name: 'x'.repeat(65) }, { name: 7 }, { nick: 'x' }, '[]', '{', { role: 'host' }, { role: 'owner' }, { role: null },
    { password: '' }, { password: 'x'.repeat(129) }, { password: 7 }, { host_key: '' }, { host_key: 'x'.repeat(65) }, { host_key: {} }, { pass: '' }, { pass: 7 }, { pass: 'x'.repeat(2049) }])
    assert.equal((await ask(room, body)).code, 'bad_request');
});

test('join-room: as many of those who are there as are asked for', async () => {
  const room = await server.createRoom({ mode: 'sfu', capacity: 5 });
  const ask = async (query, id = room) => documented('post', '/join-room/{room_id}', await server.post(`/join-room/${id}${query}`, {}));
  const empty = await ask('?participants=2');
  assert.deepEqual([empty.participants, empty.participant_count], [[], 0]);
  for (const name of ['Ada', 'Ben', 'Cleo']) await join(server, room, name);
  const listed = async (query) => {
    const { participants, participant_count: count } = await ask(query);
    return [participants.map((p) => p.name).join(' '), count];
  };
  assert.deepEqual(await listed(''), ['Ada Ben Cleo', undefined]);
  assert.deepEqual(await listed('?participants=0'), ['', 3]);
  assert.deepEqual(await listed('?a=b&participants=2'), ['Ada Ben', 3]);
  assert.deepEqual(await listed('?participants=4096'), ['Ada Ben Cleo', 3]);
  for (const bad of ['', '-1', '4097', 'all', '1.5']) assert.equal((await ask(`?participants=${bad}`)).code, 'bad_request', bad);

  // Behind a lobby is nobody to be seen or counted.
  const { room_id: quiet, host_key } = await (await server.post('/create-room', { mode: 'sfu', lobby: true })).json();
  await join(server, quiet, 'Host', { host_key });
  const outside = await ask('?participants=5', quiet);
  assert.deepEqual([outside.participants, outside.participant_count], [[], 0]);
});

test('timeline: who may read it, and what may be asked', async () => {
  const timeline = async (room, token, query = '', authorization = `Bearer ${token}`) => documented('get', '/rooms/{room_id}/timeline',
    await fetch(`${server.origin}/rooms/${room}/timeline${query}`, { headers: token === undefined ? {} : { authorization } }));
  const room = await server.createRoom({ mode: 'sfu' });
  const { token } = await server.joinRoom(room);
  const nothing = { room_id: room, entries: [], next: 0, more: false };
  assert.deepEqual(await timeline(room, token), nothing);
  await join(server, room);
  assert.deepEqual((await timeline(room, token, '?after=0&limit=500')).room_id, room);
  assert.deepEqual(await timeline(room, token, '?after=9007199254740991'), await timeline(room, token));
  assert.equal((await timeline(room, token, '', `bEARER ${token}`)).room_id, room);    // RFC 9110 11.1: any case

  for (const query of ['after=-1', 'after=', 'after=x', 'after=1.5', 'after=0x1', 'after=9007199254740992', 'after=99999999999999999999', 'limit=0', 'limit=501',
    'limit=-1', 'limit=ten', `limit=${'9'.repeat(40)}`, `x=${'y'.repeat(300)}`])
    assert.equal((await timeline(room, token, `?${query}`)).code, 'bad_request', query);
  for (const bad of ['not-a-room', 'babab', `${room}x`])
    assert.equal((await timeline(bad, token)).code, 'bad_room_id', bad);
  const [head, claims, signature] = token.split('.');
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
  for (const bad of ['', 'x', 'x.y.z', `${head}.${claims}.`, `${none}.${claims}.`, `${none}.${claims}.${signature}`, `${head}.${claims}.${signature.slice(1)}x`, 'x'.repeat(2500), `${token}, Bearer ${token}`])
    assert.equal((await timeline(room, bad)).code, 'unauthorized', bad.slice(0, 40));
  assert.equal((await timeline(room, undefined)).code, 'unauthorized');
  for (const scheme of [token, `Basic ${token}`, `Bearer${token}`]) assert.equal((await timeline(room, token, '', scheme)).code, 'unauthorized', scheme.slice(0, 10));
  const other = await server.createRoom();
  assert.equal((await timeline(other, token)).code, 'wrong_room');

  const short = await new Server({ PARLEY_LIMITS_TIMELINES_PER_MINUTE: '3' }).start();
  try {
    const ask = async (id) => documented('get', '/rooms/{room_id}/timeline', await fetch(`${short.origin}/rooms/${id}/timeline`, { headers: { authorization: `Bearer ${lasting}` } }));
    const brief = await short.createRoom();
    const { token: lasting } = await short.joinRoom(brief);
    await short.stop();
    execFileSync('sqlite3', [path(short.dir, 'data/parley.db'), 'DELETE FROM rooms']);
    await short.start();
    assert.equal((await ask(brief)).code, 'room_not_found');
    for (let i = 0; i < 2; i++) await ask(brief);
    assert.equal((await ask(brief)).code, 'too_many_requests');
  } finally {
    await short.stop();
    short.remove();
  }
});

test('healthz, metrics and the document itself', async () => {
  const health = await documented('get', '/healthz', await fetch(`${server.origin}/healthz`));
  assert.deepEqual(health, { status: 'ok', store: true, workers: 1, workers_connected: 1, draining: false });
  const text = await documented('get', '/openapi.yaml', await fetch(`${server.origin}/openapi.yaml`));
  assert.deepEqual(YAML.parse(text), document);
  const metrics = await documented('get', '/metrics', await fetch(`${server.origin}/metrics`));
  const named = [...metrics.matchAll(/^# TYPE (\S+)/gm)].map((m) => m[1]);
  assert.equal(new Set(named).size, named.length);
  for (const name of ['parley_rooms', 'parley_control_joins_total', 'parley_engine_datagrams_in_total', 'parley_worker_rooms'])
    assert.ok(named.includes(name), name);
});

test('too many requests from one address get 429 and Retry-After', async () => {
  const strict = await new Server({ PARLEY_LIMITS_ROOMS_PER_MINUTE: '3', PARLEY_LIMITS_JOINS_PER_MINUTE: '3' }).start();
  try {
    const rooms = [];
    for (let i = 0; i < 3; i++) rooms.push(await strict.createRoom());
    const refused = await strict.post('/create-room');
    assert.equal(refused.status, 429);
    await documented('post', '/create-room', refused);
    for (let i = 0; i < 3; i++) await strict.joinRoom(rooms[0]);
    await documented('post', '/join-room/{room_id}', await strict.post(`/join-room/${rooms[0]}`));
  } finally {
    await strict.stop();
    strict.remove();
  }
});

test('behind a trusted proxy the client is who the proxy says, and no one else', async () => {
  const proxied = await new Server({ PARLEY_LIMITS_ROOMS_PER_MINUTE: '1', PARLEY_HTTP_TRUSTED_PROXIES: '127.0.0.0/8,10.0.0.0/8' }).start();
  const status = async (forwarded) => (await proxied.post('/create-room', {}, { 'x-forwarded-for': forwarded })).status;
  try {
    assert.equal(await status('192.0.2.1'), 201);
    assert.equal(await status('192.0.2.1'), 429);
    assert.equal(await status('192.0.2.2'), 201);
    assert.equal(await status('198.51.100.7, 192.0.2.2'), 429);    // what the client claims itself does not count
    assert.equal(await status('192.0.2.3, 10.1.1.1'), 201);        // a proxy behind the proxy does
    assert.equal(await status('192.0.2.3,10.1.1.1'), 429);
    const created = await proxied.post('/create-room', {}, { 'x-forwarded-for': '192.0.2.9', 'x-forwarded-proto': 'https' });
    assert.match((await created.json()).url, /^https:/);
  } finally {
    await proxied.stop();
    proxied.remove();
  }
});

// node:http, where fetch would hide too much.
const raw = (options, send = httpRequest) => new Promise((resolve, reject) => {
  const request = send({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, ...options }, (response) => {
    const parts = [];
    response.on('data', (part) => parts.push(part));
    response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
  });
  request.once('error', reject);
  request.end();
});

test('the page: compressed, cached by content hash, revalidated', async () => {
  const { brotliDecompressSync, gunzipSync } = await import('node:zlib');
  const script = '/assets/app-1a2b3c.js';
  for (const [accepted, coding, read] of [['gzip, deflate, br', 'br', brotliDecompressSync], ['gzip', 'gzip', gunzipSync], ['br;q=0, gzip', 'gzip', gunzipSync], ['identity', undefined, (b) => b]]) {
    const got = await raw({ path: script, headers: { 'accept-encoding': accepted } });
    assert.equal(got.headers['content-encoding'], coding, accepted);
    assert.equal(read(got.body).toString(), SCRIPT);
    assert.match(got.headers['content-type'], /^text\/javascript/);
    assert.match(got.headers['cache-control'], /immutable/);
  }
  for (const page of ['/', '/r/babab-babab-babab-babab']) {
    const got = await raw({ path: page });
    assert.equal(got.body.toString(), PAGE);
    assert.equal(got.headers['cache-control'], 'no-cache');
    assert.match(got.headers['content-security-policy'], /default-src 'none'/);
    assert.equal(got.headers['x-content-type-options'], 'nosniff');
    assert.match(got.headers['permissions-policy'], /camera=\(self\)/);
    assert.equal(got.headers['strict-transport-security'], undefined);
    const again = await raw({ path: page, headers: { 'if-none-match': got.headers.etag } });
    assert.equal(again.status, 304);
    assert.equal(again.body.length, 0);
    const head = await raw({ path: page, method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(Number(head.headers['content-length']), PAGE.length);
  }
});

test('nothing outside of the web root is served', async () => {
  writeFileSync(path(server.dir, 'secret.txt'), 'secret');
  writeFileSync(path(server.dir, 'web/.hidden'), 'secret');
  for (const bad of ['/../secret.txt', '/..%2fsecret.txt', '/%2e%2e/secret.txt', '/assets/../../secret.txt', '/.hidden', '//etc/passwd', '/assets/', '/assets', '/nothing.js', '/a\\b']) {
    const got = await raw({ path: bad });
    assert.ok(got.status >= 400 || got.body.toString() === PAGE, `${bad}: ${got.status}`);
    assert.doesNotMatch(got.body.toString(), /secret|root:/);
  }
  // libwebsockets 4.3 (Debian 13) hangs up on an encoded NUL, 4.1 (Debian 12) cuts the path there.
  const nul = await raw({ path: '/%00' }).catch((error) => error);
  assert.ok(nul.code === 'ECONNRESET' || nul.body?.toString() === PAGE, `/%00: ${nul.code ?? nul.status}`);
  assert.equal((await raw({ path: '/create-room' })).status, 405);
  assert.equal((await raw({ path: '/', method: 'DELETE' })).status, 405);
  assert.equal((await raw({ path: '/ws' })).status, 400);
  assert.ok((await raw({ path: `/${'x'.repeat(3000)}` }).catch(() => ({ status: 400 }))).status >= 400);
});

test('POST without a length, chunked, and by HTTPS', async () => {
  const bare = await new Promise((resolve) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write('POST /create-room HTTP/1.1\r\nHost: localhost\r\n\r\n'));
    let text = '';
    socket.on('data', (part) => { text += part; });
    socket.on('close', () => resolve(text));
  });
  assert.match(bare, /^HTTP\/1\.1 201/);
  assert.equal((await raw({ path: '/create-room', method: 'POST', headers: { 'transfer-encoding': 'chunked' } })).status, 411);
  const tls = await raw({ path: '/create-room', method: 'POST', port: server.tlsPort, headers: { 'content-length': 0, host: 'meet.example:8443' } }, httpsRequest);
  assert.equal(tls.status, 201);
  assert.match(JSON.parse(tls.body).url, /^https:\/\/meet\.example:8443\/r\//);
  const odd = await raw({ path: '/create-room', method: 'POST', headers: { 'content-length': 0, host: 'x"><script>' } });
  assert.match(JSON.parse(odd.body).url, /^http:\/\/localhost\/r\//);
});

test('every answer in openapi.yaml but those of faults was seen', () => {
  const faults = /( 503| 101)$|\/ws |^post \/join-room\/\{room_id\} (403|413)$/;    // see faults.test.mjs, bad.test.mjs
  const known = Object.entries(document.paths).flatMap(([template, methods]) => Object.entries(methods)
    .flatMap(([method, operation]) => Object.keys(operation.responses).map((status) => `${method} ${template} ${status}`)));
  assert.deepEqual(known.filter((entry) => !faults.test(entry) && !answered.has(entry)), []);
});
