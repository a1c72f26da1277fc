// What people do in a call.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { SCREEN, SCREEN_TONE, decodedFrames, growing, hears, hearsTonesOf, onLeg, sees, seesNot, until, videos } from '../media.mjs';
import { hasChat, joinRoom, openPanel, openRoom, pageName, pressJoin, sendChat, tileOf, tiles, toggle } from '../page.mjs';
import { BINARY } from '../server.mjs';
import { test } from '../suite.mjs';

async function together(t, count, mode) {
  const server = await t.server();
  const room = await server.createRoom({ mode });
  const people = [];
  for (let id = 1; id <= count; id++) people.push(await t.person(id));
  for (const p of people) await joinRoom(p, server.url, room);
  await Promise.all(people.map((p) => sees(p, people.map((o) => o.id).filter((id) => id !== p.id))));
  return { server, room, people };
}

for (const mode of ['p2p', 'sfu']) {
  test(`screen share with its sound, ${mode}`, { timeout: 120_000 }, async (t) => {
    const { people: [a, b] } = await together(t, 2, mode);
    await toggle(a, 'screen');
    await sees(b, [1, 1 + SCREEN]);
    await tileOf(b, 'P1\'s screen', (tile) => tile.video === 'on' && tile.group === 'screen', 'shows the screen');
    await hears(b, 2);
    await hearsTonesOf(b, [1, 1 + SCREEN_TONE]);
    const shown = (await videos(b.page)).find((v) => v.id === 1 + SCREEN);
    assert.ok(shown.width > shown.height && shown.width >= 320, JSON.stringify(shown));
    await toggle(a, 'screen');
    await seesNot(b, 1 + SCREEN);
    await sees(b, [1]);
    // A second time works like the first.
    await toggle(a, 'screen');
    await sees(b, [1, 1 + SCREEN]);
  });
}

test('a shared screen survives the switch to the SFU', { timeout: 120_000 }, async (t) => {
  const { server, room, people: [a, b] } = await together(t, 2, 'auto');
  await toggle(a, 'screen');
  await sees(b, [1, 1 + SCREEN]);
  const c = await t.person(3);
  await joinRoom(c, server.url, room);
  await Promise.all([onLeg(a, 'sfu'), onLeg(b, 'sfu')]);
  await Promise.all([sees(c, [1, 2, 1 + SCREEN]), sees(b, [1, 3, 1 + SCREEN]), sees(a, [2, 3])]);
});

test('the browser\'s own screen capture is shared', { timeout: 120_000 }, async (t) => {
  const server = await t.server();
  const room = await server.createRoom({ mode: 'sfu' });
  const a = await t.person(1, { camera: 'device' });
  const b = await t.person(2);
  for (const p of [a, b]) await joinRoom(p, server.url, room);
  await sees(a, [2]);
  await toggle(a, 'screen');
  await tileOf(b, 'P1\'s screen', (tile) => tile.video === 'on', 'shows the screen');
  const before = await decodedFrames(b.page);
  await until('camera and screen decode', async () => growing(before, await decodedFrames(b.page)) >= 2);
});

for (const mode of ['p2p', 'sfu']) {
  test(`mute and camera off are seen by the others, ${mode}`, async (t) => {
    const { people: [a, b] } = await together(t, 2, mode);
    await hears(b);
    await toggle(a, 'microphone');
    await tileOf(b, 'P1', (tile) => tile.muted, 'is muted');
    await until('nothing is heard any more', async () => {
      const tones = await b.page.evaluate(() => window.__e2e.tones());
      return { ok: tones.every((tone) => tone.db < -60), tones };
    });
    await toggle(a, 'camera');
    await tileOf(b, 'P1', (tile) => tile.video === 'off', 'has no video');
    await openPanel(b, 'people');
    await b.page.locator('[data-testid=person][data-microphone=off][data-camera=off]').waitFor();
    await toggle(a, 'microphone');
    await toggle(a, 'camera');
    await tileOf(b, 'P1', (tile) => !tile.muted && tile.video === 'on', 'is back');
    await sees(b, [1]);
    await hearsTonesOf(b, [1]);
  });
}

test('who joins muted is shown muted, and can be heard later', async (t) => {
  const server = await t.server();
  const room = await server.createRoom({ mode: 'sfu' });
  const [a, b] = [await t.person(1), await t.person(2)];
  await joinRoom(a, server.url, room);
  await openRoom(b, server.url, room);
  await toggle(b, 'microphone');
  await toggle(b, 'camera');
  await pressJoin(b);
  await tileOf(a, 'P2', (tile) => tile.muted && tile.video === 'off', 'is muted, without video');
  await sees(b, [1]);
  await toggle(b, 'microphone');
  await toggle(b, 'camera');
  await sees(a, [2]);
  await hearsTonesOf(a, [2]);
});

test('chat: both ways, unread count, history for who comes later', async (t) => {
  const { server, room, people: [a, b] } = await together(t, 2, 'auto');
  await sendChat(a, 'hello <b>there</b> https://example.org/x');
  await until('one is unread', () => b.page.getByTestId('unread-count').textContent().then((n) => n.trim() === '1'));
  await hasChat(b, 'hello <b>there</b>');
  assert.equal(await b.page.getByTestId('unread-count').count(), 0);
  await sendChat(b, 'and back');
  await hasChat(a, 'and back');
  const c = await t.person(3);
  await joinRoom(c, server.url, room);
  await hasChat(c, 'hello <b>there</b>');
  await hasChat(c, 'and back');
});

test('pin makes a tile the large one', async (t) => {
  const { people: [a] } = await together(t, 3, 'sfu');
  const tile = a.page.locator('[data-testid=tile][aria-label=P3]');
  await tile.hover();
  await tile.getByTestId('pin').click();
  await tileOf(a, 'P3', (found) => found.pinned, 'is pinned');
  const all = await tiles(a);
  const size = (name) => all.filter((f) => f.name === name).map((f) => f.width * f.height)[0];
  assert.ok(size('P3') > 2 * size('P2'), JSON.stringify(all));
  await sees(a, [2, 3]);
  await tile.hover();
  await tile.getByTestId('pin').click();
  await tileOf(a, 'P3', (found) => !found.pinned, 'is not pinned');
});

test('who talks is highlighted', async (t) => {
  const { people: [a, b, c] } = await together(t, 3, 'sfu');
  await toggle(c, 'microphone');
  await tileOf(a, 'P2', (tile) => tile.speaking, 'speaks');
  await tileOf(a, 'P3', (tile) => !tile.speaking, 'is silent');
  await tileOf(b, 'P1', (tile) => tile.speaking, 'speaks');
});

test('create a room on the page, copy its link, join by it', async (t) => {
  const server = await t.server();
  const a = await t.person(1);
  await a.page.goto(`${server.url}/`);
  await a.page.getByTestId('create-room').click();
  await a.page.getByTestId('preview').waitFor();
  await a.page.getByTestId('name-input').fill('P1');
  await pressJoin(a);
  await a.page.getByTestId('call').waitFor();
  const link = a.page.url();
  const b = await t.person(2);
  await b.page.goto(`${server.url}/`);
  await b.page.getByTestId('join-input').fill(` ${link} `);
  await b.page.getByTestId('join-room').click();
  await b.page.getByTestId('preview').waitFor();
  await b.page.getByTestId('name-input').fill('P2');
  await pressJoin(b);
  await Promise.all([sees(a, [2]), sees(b, [1])]);
  assert.equal(await pageName(b), 'call');
});

test('eighty people come and go: the page counts them, and the call goes on', { timeout: 120_000 }, async (t) => {
  const server = await t.server({ PARLEY_LIMITS_JOINS_PER_MINUTE: 1000, PARLEY_LIMITS_SOCKETS_PER_ADDRESS: 1000 });
  const room = await server.createRoom({ mode: 'sfu', capacity: 100 });
  const [a, b] = [await t.person(1), await t.person(2)];
  for (const p of [a, b]) await joinRoom(p, server.url, room);
  await Promise.all([sees(a, [2]), sees(b, [1])]);
  const load = spawn(BINARY, ['load', '--url', server.url, '--room', room, '--publishers', '1', '--audio-only', '--subscribers', '79', '--join-rate', '100', '--duration', '6', '--quiet'], { stdio: 'ignore' });
  t.onEnd(() => load.kill('SIGINT'));
  const count = (p) => p.page.getByTestId('open-people').textContent();
  await until('both count 82', async () => await count(a) === '82' && await count(b) === '82');
  assert.match(await a.page.evaluate(() => window.parley.getState().toasts.map((toast) => toast.text).join('; ')), /\d+ people joined/);
  await Promise.all([sees(a, [2]), sees(b, [1])]);
  await until('both count 2', async () => await count(a) === '2' && await count(b) === '2', 30_000);
  await sees(a, [2]);
});
