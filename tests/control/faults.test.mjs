// What is lost when something breaks: as little as possible, and in words.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { join, pair, resume } from './client.mjs';
import { documented } from './openapi.mjs';
import { Server } from './server.mjs';

const started = [];
async function start(env, dir) {
  const server = await new Server(env, dir).start();
  started.push(server);
  return server;
}
after(async () => {
  for (const server of started) {
    await server.stop();
    server.remove();
  }
});

async function resumeSoon(client) {
  for (;;) {
    const again = await resume(client).catch(() => null);
    if (again) return again;
    await sleep(20);
  }
}

const OFFER = 'v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n'
  + 'a=sendonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=setup:actpass\r\n'
  + `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\n`;
const offer = (epoch, new_leg = true) => ({ type: 'offer', epoch, new_leg, sdp: OFFER, sources: [{ mid: '0', source: 'microphone' }] });

test('SIGTERM: closing {shutdown}, 1001, exit 0; rooms and chat are there afterwards', async () => {
  const server = await start({});
  const room = await server.createRoom({ name: 'Lasting', capacity: 9, mode: 'sfu' });
  const ada = await join(server, room);
  await ada.ok({ type: 'chat', text: 'remember me' });
  const stopped = server.stop();
  assert.equal((await ada.next('closing')).reason, 'shutdown');
  assert.equal(await ada.closed, 1001);
  assert.equal(await stopped, 0);

  const again = await start({}, server.dir);
  const { room: settings } = await again.joinRoom(room);
  assert.equal(settings.name, 'Lasting');
  assert.equal(settings.capacity, 9);
  assert.equal((await join(again, room)).joined.chat[0].text, 'remember me');
});

test('a killed control: everyone resumes within 3 s, order, mode and mutes kept', async () => {
  const server = await start({});
  const { room, first, second, epoch } = await pair(server);
  const muted = { microphone: false, camera: true, screen: false, 'screen-audio': false };
  await first.ok({ type: 'sources', sources: muted, decodes: ['vp8', 'av1'] });
  for (const client of [first, second]) await client.ok({ type: 'mode-ready', epoch });
  await first.next('mode-done');
  const sfuRoom = await server.createRoom({ mode: 'sfu' });
  const solo = await join(server, sfuRoom);
  assert.equal((await solo.request(offer(0))).type, 'answer');

  const from = Date.now();
  process.kill(server.child('control'), 'SIGKILL');
  await Promise.all([first.closed, second.closed, solo.closed]);
  const [one, two, three] = await Promise.all([first, second, solo].map(resumeSoon));
  assert.ok(Date.now() - from < 3000, `${Date.now() - from} ms`);
  for (const client of [one, two, three]) assert.equal(client.reply.resumed, true);
  assert.equal(one.reply.order, first.joined.order);
  assert.deepEqual(one.reply.mode, { mode: 'p2p', epoch, switching: false });
  assert.deepEqual(one.reply.room, first.joined.room);
  const me = (two.reply.participants).find((p) => p.participant_id === first.id);
  assert.deepEqual(me.sources, muted);
  assert.deepEqual(me.decodes, ['vp8', 'av1']);
  assert.equal(three.reply.mode.mode, 'sfu');
  assert.equal((await three.request(offer(0, false))).type, 'answer');    // the peer connection is still there

  const third = await join(server, room, 'Cleo');
  assert.ok(third.joined.order > second.joined.order);
  assert.equal((await one.take((m) => m.type === 'mode' && m.reason === 'third-joined')).epoch, epoch + 1);
});

test('SIGUSR2: 1012 without closing, everyone resumes within 3 s, roles, order, mutes and mode kept', async () => {
  const server = await start({});
  const room = await server.createRoom({ mode: 'sfu' });
  const ada = await join(server, room);
  const bea = await join(server, room);
  const muted = { microphone: false, camera: true, screen: false, 'screen-audio': false };
  await bea.ok({ type: 'sources', sources: muted, decodes: ['vp8'] });
  assert.equal((await ada.request(offer(0))).type, 'answer');
  await ada.next('participant-updated');

  const from = Date.now();
  process.kill(server.process.pid, 'SIGUSR2');
  assert.deepEqual(await Promise.all([ada.closed, bea.closed]), [1012, 1012]);
  assert.ok(!ada.messages.some((message) => message.type === 'closing'), 'a client may take closing for the end');
  const [one, two] = await Promise.all([ada, bea].map(resumeSoon));
  assert.ok(Date.now() - from < 3000, `${Date.now() - from} ms`);
  assert.equal(one.reply.resumed && two.reply.resumed, true);
  assert.deepEqual([one.reply.order, two.reply.order], [ada.joined.order, bea.joined.order]);
  assert.deepEqual(one.reply.participants.find((other) => other.participant_id === bea.id).sources, muted);
  assert.equal(one.reply.mode.mode, 'sfu');
  assert.ok(!one.messages.some((message) => message.type === 'media-restart'), 'media were touched');
});

test('who does not come back after a killed control times out', async () => {
  const server = await start({ PARLEY_ROOMS_RESUME_S: '1' });
  const room = await server.createRoom({ mode: 'sfu' });
  await join(server, room);
  process.kill(server.child('control'), 'SIGKILL');
  await sleep(200);
  await server.ready();
  for (let i = 0; i < 50 && (await server.metric('parley_participants')) > 0; i++) await sleep(100);
  assert.equal(await server.metric('parley_participants'), 0);
  assert.equal(await server.metric('parley_worker_participants'), 0);
});

test('a killed media worker: media-restart, and the next offer is answered', async () => {
  const server = await start({});
  const room = await server.createRoom({ mode: 'sfu' });
  const ada = await join(server, room);
  assert.equal((await ada.request(offer(0))).type, 'answer');
  process.kill(server.child('media0'), 'SIGKILL');
  assert.deepEqual(await ada.next('media-restart', 2000), { type: 'media-restart', epoch: 0 });
  assert.equal((await ada.request(offer(0))).type, 'answer');
  assert.equal(await server.metric('parley_control_worker_restarts_total'), 1);
});

test('a killed media worker does not touch P2P calls, and the next control finds them', async () => {
  const server = await start({});
  const { first, second, epoch } = await pair(server);
  process.kill(server.child('media0'), 'SIGKILL');
  await server.ready();
  await first.ok({ type: 'description', to: second.id, epoch, description: { type: 'offer', sdp: 'v=0' } });
  assert.equal((await second.next('description')).from, first.id);
  while ((await server.metric('parley_control_worker_restarts_total')) < 1) await sleep(50);
  process.kill(server.child('control'), 'SIGKILL');
  await first.closed;
  assert.equal((await resumeSoon(first)).reply.resumed, true);
});

// A page of a room's timeline, by a real worker.
async function timeline(server, client, query = '') {
  const response = await fetch(`${server.origin}/rooms/${client.joined.room.room_id}/timeline${query}`, { headers: { authorization: `Bearer ${client.token}` } });
  return documented('get', '/rooms/{room_id}/timeline', response);
}

test('the timeline outlives control; a new worker begins a new one', async () => {
  const server = await start({});
  const ada = await join(server, await server.createRoom({ mode: 'sfu' }));
  assert.equal((await ada.request(offer(0))).type, 'answer');
  assert.equal((await ada.request(offer(0))).type, 'answer');
  const before = await timeline(server, ada);
  assert.ok(before.entries.length >= 2, JSON.stringify(before));
  const { number, what, participant_id, values, at_ms } = before.entries[0];
  assert.deepEqual([number, what, participant_id, values.participants], [1, 'join', ada.id, 1]);
  assert.deepEqual(before.entries.filter((e) => e.what === 'leg').map((e) => [e.participant_id, e.values.after_state])[0], [ada.id, 0]);
  assert.ok(Math.abs(at_ms - Date.now()) < 60_000);
  assert.deepEqual((await timeline(server, ada, '?after=1&limit=1')).entries, before.entries.slice(1, 2));

  process.kill(server.child('control'), 'SIGKILL');
  await ada.closed;
  const again = Object.assign(await resumeSoon(ada), { token: ada.token });
  assert.deepEqual((await timeline(server, again)).entries, before.entries);

  process.kill(server.child('media0'), 'SIGKILL');
  await again.next('media-restart', 2000);
  assert.ok((await timeline(server, again, `?after=${before.next}`)).entries.every((e) => e.number === 1 && e.what === 'join'));
  assert.equal((await again.request(offer(0))).type, 'answer');
  const fresh = await timeline(server, again, `?after=${before.next + 100}`);
  assert.deepEqual([fresh.entries[0].number, fresh.entries[0].what], [1, 'join']);
  assert.ok(fresh.entries.some((e) => e.what === 'leg'));
});

test('a view outlives a killed worker, and a real worker takes every form of it', async () => {
  const server = await start({});
  const room = await server.createRoom({ mode: 'sfu' });
  const [ada, ben] = [await join(server, room), await join(server, room)];
  const refused = await server.metric('parley_worker_commands_refused_total');
  const wanted = [{ participant_id: ben.id, group: 'camera', width: 16_384, height: 16_384, visible: false, pinned: true }, { participant_id: ada.id, group: 'screen' }];
  await ada.ok({ type: 'view', wanted, audio_only: true });
  await ada.ok({ type: 'view', wanted: Array(64).fill(wanted[0]), audio_only: false });
  await ada.ok({ type: 'view', wanted: [] });
  assert.equal(await server.metric('parley_worker_commands_refused_total'), refused);
  process.kill(server.child('media0'), 'SIGKILL');
  await ada.next('media-restart', 2000);
  assert.equal((await ada.request(offer(0))).type, 'answer');
  assert.equal(await server.metric('parley_worker_commands_refused_total'), 0);
});

test('connections that come while control is dead are served by the next one', async () => {
  const server = await start({});
  process.kill(server.child('control'), 'SIGKILL');
  const answers = await Promise.all(Array.from({ length: 8 }, () => fetch(`${server.origin}/healthz`)));
  for (const answer of answers) assert.ok([200, 503].includes(answer.status));
});

// Holds an exclusive lock on the database until its input closes.
function lock(file) {
  const shell = spawn('sqlite3', [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  shell.stdin.write('BEGIN EXCLUSIVE;\nSELECT "locked";\n');
  return new Promise((resolve) => shell.stdout.once('data', () => resolve(() => shell.stdin.end())));
}

test('a locked database: new rooms get 503 that says why, running calls do not notice', async () => {
  const server = await start({});
  const room = await server.createRoom({ mode: 'sfu' });
  const ada = await join(server, room);
  const unlock = await lock(path(server.dir, 'data/parley.db'));
  const refused = await server.post('/create-room');
  assert.equal(refused.status, 503);
  const problem = await refused.json();
  assert.equal(problem.code, 'store_unavailable');
  assert.match(problem.detail, /locked/);
  await ada.ok({ type: 'chat', text: 'does it work?' });
  assert.equal((await ada.next('chat')).message.text, 'does it work?');
  await join(server, room);
  assert.ok((await server.metric('parley_control_store_errors_total')) > 0);
  unlock();
  await sleep(100);
  await server.createRoom();
});

test('a database that cannot be opened: exit code 2 and one line', async () => {
  const broken = new Server();
  started.push(broken);
  mkdirSync(path(broken.dir, 'data'));
  writeFileSync(path(broken.dir, 'data/parley.db'), 'this is no database, but long enough to be taken for one '.repeat(50));
  await assert.rejects(broken.start());
  assert.equal(await broken.exited, 2);
  assert.match(broken.log, /parley\.db: file is not a database/);
});

const fingerprint = (port) => new Promise((resolve, reject) => {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
    resolve(socket.getPeerCertificate().fingerprint256);
    socket.destroy();
  });
  socket.once('error', reject);
});

const REFUSED = /event=(reload_failed|certificate_not_read)/;    // by the supervisor, or by control

function makeCertificate(dir, name) {
  const [key, certificate] = [path(dir, 'key.pem'), path(dir, 'certificate.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', `/CN=${name}`, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  chmodSync(key, 0o644);
  return { PARLEY_HTTP_CERTIFICATE: certificate, PARLEY_HTTP_KEY: key };
}

test('SIGHUP: a new certificate for new connections, open ones stay; a bad one changes nothing', async () => {
  const dir = mkdtempSync(path(tmpdir(), 'parley-certificate-'));
  chmodSync(dir, 0o755);
  const server = await start(makeCertificate(dir, 'former'));
  const former = await fingerprint(server.tlsPort);
  const ada = await join(server, await server.createRoom());
  makeCertificate(dir, 'renewed');
  server.process.kill('SIGHUP');
  let renewed = former;
  for (let i = 0; i < 50 && renewed === former; i++, await sleep(50)) renewed = await fingerprint(server.tlsPort);
  assert.notEqual(renewed, former);
  await ada.ok({ type: 'rename', name: 'Still here' });

  writeFileSync(path(dir, 'certificate.pem'), 'rubbish');
  server.process.kill('SIGHUP');
  for (let i = 0; i < 50 && !REFUSED.test(server.log); i++) await sleep(50);
  assert.match(server.log, REFUSED);
  assert.equal(await fingerprint(server.tlsPort), renewed);
  rmSync(dir, { recursive: true });
});
