// What breaks, and comes back without anybody doing anything.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodedFrames, growing, hears, keepDecoding, onLeg, path, sees, seesNot, until } from '../media.mjs';
import { joinRoom, rejoin, sendChat, hasChat } from '../page.mjs';
import { test } from '../suite.mjs';

const others = (people, me) => people.map((p) => p.id).filter((id) => id !== me.id);
const everyoneSees = (people, options) => Promise.all(people.map((p) => sees(p, others(people, p), options)));
const resumed = (p, since) => until(`${p.name} resumes`, () => p.page.evaluate((from) => window.__e2e.messages.some((m) => m.type === 'joined' && m.resumed && m.at > from), since));
const clock = (p) => p.page.evaluate(() => performance.now());
// Which of the page's peer connections carries the media.
const legIndex = async (p) => (await path(p)).index;
const loads = (p) => p.page.evaluate(() => performance.timeOrigin);

async function people(t, server, count, roomOptions, url = server.url) {
  const room = await server.createRoom(roomOptions);
  const all = [];
  for (let id = 1; id <= count; id++) all.push(await t.person(id));
  for (const p of all) await joinRoom(p, url, room);
  await everyoneSees(all);
  return { all, room };
}

test('a reload comes back into the same room', { timeout: 120_000 }, async (t) => {
  const server = await t.server();
  const { all: [a, b], room } = await people(t, server, 2, {});
  await b.page.reload();
  await rejoin(b, room);
  await Promise.all([sees(a, [2]), sees(b, [1]), hears(a), hears(b)]);
});

test('a dropped WebSocket resumes, the media untouched', { timeout: 120_000 }, async (t) => {
  const server = await t.server({}, { fresh: true });
  const proxy = await server.proxy();
  const { all } = await people(t, server, 3, { mode: 'sfu' }, proxy.url);
  const [a, b, c] = all;
  await Promise.all([a, b, c].map((p) => onLeg(p, 'sfu')));
  const since = await Promise.all(all.map(clock));
  const leg = await legIndex(a);
  proxy.refuse(true);
  await keepDecoding([a, b, c], 2, 4000, 2000);
  proxy.refuse(false);
  await Promise.all(all.map((p, i) => resumed(p, since[i])));
  await keepDecoding([a, b, c], 2, 4000, 2000);
  assert.equal(await legIndex(a), leg, 'the same peer connection');
  await sendChat(a, 'still here');
  await hasChat(b, 'still here');
});

test('a dropped WebSocket of two who talk directly', { timeout: 120_000 }, async (t) => {
  const server = await t.server({}, { fresh: true });
  const proxy = await server.proxy();
  const { all } = await people(t, server, 2, {}, proxy.url);
  const [a, b] = all;
  const since = await Promise.all(all.map(clock));
  proxy.cut();
  await Promise.all(all.map((p, i) => resumed(p, since[i])));
  await keepDecoding([a, b], 1, 4000, 2000);
  await Promise.all([onLeg(a, 'p2p'), onLeg(b, 'p2p')]);
});

test('away for longer than the server waits: in again by itself, muted as before', { timeout: 120_000 }, async (t) => {
  const server = await t.server({ PARLEY_ROOMS_RESUME_S: 1 });
  const proxy = await server.proxy();
  t.onEnd(() => proxy.close());
  const room = await server.createRoom({ mode: 'sfu' });
  const [a, b] = [await t.person(1), await t.person(2)];
  await joinRoom(a, server.url, room);
  await joinRoom(b, proxy.url, room);
  await Promise.all([sees(a, [2]), sees(b, [1])]);
  await b.page.getByTestId('toggle-microphone').click();
  const before = await loads(b);
  proxy.refuse(true);
  await b.page.getByTestId('returning').waitFor();
  await seesNot(a, 2);
  proxy.refuse(false);
  await b.page.getByTestId('call').waitFor();
  await Promise.all([sees(a, [2]), sees(b, [1])]);
  assert.equal(await b.page.getByTestId('toggle-microphone').getAttribute('aria-pressed'), 'false');
  assert.equal(await loads(b), before, 'nobody reloaded');
});

test('a room in two workers: all are seen and heard; one worker dies, and control', { timeout: 120_000 }, async (t) => {
  const server = await t.server({ PARLEY_MEDIA_WORKERS: 2, PARLEY_MEDIA_ROOM_PART: 1 });
  const room = await server.createRoom({ mode: 'sfu' });
  const people = [];
  for (let id = 1; id <= 3; id++) people.push(await t.person(id, { width: 320, height: 180, fps: 10 }));
  for (const p of people) await joinRoom(p, server.url, room);
  await everyoneSees(people);
  await Promise.all(people.map((p) => hears(p, 2)));
  // How everybody is connected, in either part.
  const graded = (p) => p.page.evaluate(() => window.__e2e.messages.findLast((m) => m.type === 'quality')?.participants.length);
  await Promise.all(people.map((p) => until(`${p.name} is told of three connections`, async () => ({ ok: await graded(p) === 3 }))));
  const legs = await Promise.all(people.map(legIndex));
  const [killed] = server.kill('media', 'SIGKILL', 1);
  await until('another worker runs', () => server.pids('media').length === 2 && !server.pids('media').includes(killed));
  await until('who was connected to it has a new leg', async () => ({ ok: (await Promise.all(people.map(legIndex))).filter((index, i) => index !== legs[i]).length === 1 }));
  await everyoneSees(people);
  await keepDecoding(people, 2, 4000);
  await Promise.all(people.map((p) => hears(p, 2)));
  // The next control finds both parts of the room.
  const since = await Promise.all(people.map(clock));
  server.kill('control');
  await keepDecoding(people, 2, 4000, 2000);
  await Promise.all(people.map((p, i) => resumed(p, since[i])));
  const late = await t.person(4, { width: 320, height: 180, fps: 10 });
  await joinRoom(late, server.url, room);
  await everyoneSees([...people, late]);
});

test('a killed media worker: video back everywhere, no reload', { timeout: 120_000 }, async (t) => {
  const server = await t.server({}, { fresh: true });
  const { all } = await people(t, server, 3, { mode: 'sfu' });
  const before = await Promise.all(all.map(loads));
  const legs = await Promise.all(all.map(legIndex));
  const killed = server.kill('media');
  await until('another worker runs', () => server.pids('media').length >= 1 && !server.pids('media').includes(killed[0]));
  await until('everyone has a new leg', async () => {
    const now = await Promise.all(all.map(legIndex));
    return { ok: now.every((index, i) => index !== legs[i]), now };
  });
  await everyoneSees(all);
  await Promise.all(all.map((p) => hears(p, 2)));
  assert.deepEqual(await Promise.all(all.map(loads)), before, 'nobody reloaded');
});

test('killed control: frames keep decoding, signalling comes back', { timeout: 120_000 }, async (t) => {
  const server = await t.server({}, { fresh: true });
  const { all, room } = await people(t, server, 3, { mode: 'sfu' });
  const since = await Promise.all(all.map(clock));
  const legs = await Promise.all(all.map(legIndex));
  const before = await Promise.all(all.map((p) => decodedFrames(p.page)));
  server.kill('control');
  await keepDecoding(all, 2, 6000, 2000);
  await Promise.all(all.map((p, i) => resumed(p, since[i])));
  await sleep(1000);
  await keepDecoding(all, 2, 4000, 2000);
  const after = await Promise.all(all.map((p) => decodedFrames(p.page)));
  all.forEach((p, i) => assert.equal(growing(before[i], after[i]), 2, `${p.name} decodes the same streams`));
  assert.deepEqual(await Promise.all(all.map(legIndex)), legs, 'the same peer connections');
  await sendChat(all[0], 'control is back');
  await hasChat(all[2], 'control is back');
  // The room is whole: another one can join it.
  const late = await t.person(4);
  await joinRoom(late, server.url, room);
  await everyoneSees([...all, late]);
});

test('the server stops: everyone is told', async (t) => {
  const server = await t.server({}, { fresh: true });
  const { all } = await people(t, server, 2, {});
  process.kill(server.pid, 'SIGTERM');
  await Promise.all(all.map((p) => until(`${p.name} is told`, () => p.page.evaluate(() => window.__e2e.messages.some((m) => m.type === 'closing' && m.reason === 'shutdown')))));
  const { code } = await server.exited;
  assert.equal(code, 0);
  assert.deepEqual(server.processes(), [], 'no process is left');
});
