// Three and more people: through the server.
import assert from 'node:assert/strict';
import { hears, hearsTonesOf, keepDecoding, onLeg, path, sees, seesNot, soundingStreams, stats } from '../media.mjs';
import { joinRoom, leave } from '../page.mjs';
import { test } from '../suite.mjs';

const others = (people, me) => people.map((p) => p.id).filter((id) => id !== me.id);
const everyoneSees = (people, options) => Promise.all(people.map((p) => sees(p, others(people, p), options)));

test('a third joins: to the SFU; leaves: back to direct', { timeout: 150_000 }, async (t) => {
  const server = await t.server({ PARLEY_ROOMS_P2P_RETURN_S: 3 });
  const room = await server.createRoom();
  const [a, b, c] = [await t.person(1), await t.person(2), await t.person(3)];
  await joinRoom(a, server.url, room);
  await joinRoom(b, server.url, room);
  await everyoneSees([a, b]);
  await Promise.all([onLeg(a, 'p2p'), onLeg(b, 'p2p')]);
  await joinRoom(c, server.url, room);
  await everyoneSees([a, b, c]);
  await Promise.all([a, b, c].map((p) => onLeg(p, 'sfu')));
  await Promise.all([a, b, c].map((p) => hears(p, 2)));
  await hearsTonesOf(a, [2, 3]);
  await keepDecoding([a, b, c], 2, 5000);
  await leave(c);
  await Promise.all([seesNot(a, 3), seesNot(b, 3)]);
  await Promise.all([onLeg(a, 'p2p'), onLeg(b, 'p2p')]);
  await everyoneSees([a, b]);
  await Promise.all([hears(a), hears(b)]);
  // And once more to the server: the switch has left nothing behind.
  const d = await t.person(4);
  await joinRoom(d, server.url, room);
  await everyoneSees([a, b, d]);
  await Promise.all([a, b, d].map((p) => onLeg(p, 'sfu')));
});

test('eight people in the SFU: all 56 streams keep decoding', { timeout: 600_000 }, async (t) => {
  // All eight sound at once and without a pause. Two cores cannot play 56 voices beside 56 pictures: pages that starve are sent less.
  const server = await t.server({ PARLEY_MEDIA_LOUDEST: 3 });
  const room = await server.createRoom();
  const people = [];
  for (let id = 1; id <= 8; id++) people.push(await t.person(id, { width: 320, height: 180, fps: 10 }));
  for (const p of people) await joinRoom(p, server.url, room);
  // Where they take long until all are seen, it counts that all goes on.
  const since = Date.now();
  await everyoneSees(people, { timeout: 240_000 });
  const slice = Date.now() - since < 20_000 ? 15_000 : 60_000;
  await Promise.all(people.map((p) => onLeg(p, 'sfu')));
  await keepDecoding(people, 7, 2 * slice, slice);
  await Promise.all(people.map((p) => hears(p, 2)));
});

test('of four who sound at once the two loudest are forwarded', { timeout: 120_000 }, async (t) => {
  const server = await t.server({ PARLEY_MEDIA_LOUDEST: 2 });
  const room = await server.createRoom({ mode: 'sfu' });
  const people = [];
  for (let id = 1; id <= 4; id++) people.push(await t.person(id, { width: 320, height: 180, fps: 10 }));
  for (const p of people) await joinRoom(p, server.url, room);
  await everyoneSees(people);
  await Promise.all(people.map((p) => hears(p, 1)));
  const streams = await Promise.all(people.map((p) => soundingStreams(p, 2000)));
  assert.ok(streams.every((n) => n <= 2), `each gets two at most: ${streams}`);
});

test('Firefox and Chromium in the SFU', { needs: ['firefox'], timeout: 120_000 }, async (t) => {
  const server = await t.server();
  const room = await server.createRoom({ mode: 'sfu' });
  const people = [await t.person(1), await t.person(2, { kind: 'firefox' }), await t.person(3, { kind: 'firefox' })];
  for (const p of people) await joinRoom(p, server.url, room);
  await everyoneSees(people);
  await Promise.all(people.map((p) => hears(p, 2)));
  await keepDecoding(people, 2, 5000);
});

test('the direct connection cannot be made: through the SFU', { timeout: 120_000 }, async (t) => {
  const server = await t.server({ PARLEY_ROOMS_P2P_TIMEOUT_S: 3 });
  const room = await server.createRoom();
  const a = await t.person(1, { denyP2p: true });
  const b = await t.person(2, { denyP2p: true });
  await joinRoom(a, server.url, room);
  await joinRoom(b, server.url, room);
  await everyoneSees([a, b], { timeout: 45_000 });
  await Promise.all([onLeg(a, 'sfu'), onLeg(b, 'sfu'), hears(a), hears(b)]);
});

for (const codec of ['VP8', 'VP9', 'H264', 'AV1']) {
  test(`${codec} through the SFU`, async (t) => {
    const server = await t.server();
    const room = await server.createRoom({ mode: 'sfu' });
    const a = await t.person(1, { codec });
    const b = await t.person(2);
    await joinRoom(a, server.url, room);
    await joinRoom(b, server.url, room);
    await everyoneSees([a, b]);
    const received = (await stats(b.page)).flatMap((l) => l.inbound).find((s) => s.kind === 'video' && s.framesDecoded > 0);
    assert.equal(received.codec, `video/${codec}`);
    await keepDecoding([a, b], 1, 4000, 2000);
  });
}

test('a viewer who comes later gets a key frame of each codec', { timeout: 120_000 }, async (t) => {
  const server = await t.server();
  const room = await server.createRoom({ mode: 'sfu' });
  const senders = [];
  for (const [i, codec] of ['VP8', 'VP9', 'H264', 'AV1'].entries()) {
    senders.push(await t.person(i + 1, { codec, width: 320, height: 180, fps: 10 }));
  }
  for (const p of senders) await joinRoom(p, server.url, room);
  await everyoneSees(senders);
  const late = await t.person(9);
  await joinRoom(late, server.url, room);
  await sees(late, [1, 2, 3, 4]);
});

test('a ClientHello in one datagram and one in two', async (t) => {
  const server = await t.server();
  const room = await server.createRoom({ mode: 'sfu' });
  const long = await t.person(1);
  const short = await t.person(2, { launch: { args: ['--disable-features=WebRtcPqcForDtls'] } });
  await joinRoom(long, server.url, room);
  await joinRoom(short, server.url, room);
  await everyoneSees([long, short]);
  for (const p of [long, short]) {
    const { transport } = await path(p);
    assert.equal(transport.dtlsState, 'connected');
    t.note(`${p.name}: DTLS ${transport.tlsVersion}, ${transport.srtpCipher}`);
  }
});

test('ClientHello fragments twice and out of order (DTLS in STUN trial)', async (t) => {
  const server = await t.server();
  const room = await server.createRoom({ mode: 'sfu' });
  const launch = { args: ['--force-fieldtrials=WebRTC-IceHandshakeDtls/Enabled/'] };
  const a = await t.person(1, { launch });
  const b = await t.person(2);
  await joinRoom(a, server.url, room);
  await joinRoom(b, server.url, room);
  await everyoneSees([a, b]);
});

test('who stops sending disappears, who comes back is seen again', async (t) => {
  const server = await t.server();
  const room = await server.createRoom({ mode: 'sfu' });
  const [a, b, c] = [await t.person(1), await t.person(2), await t.person(3)];
  for (const p of [a, b, c]) await joinRoom(p, server.url, room);
  await everyoneSees([a, b, c]);
  await leave(b);
  await Promise.all([seesNot(a, 2), seesNot(c, 2)]);
  await joinRoom(b, server.url, room);
  await everyoneSees([a, b, c]);
});
