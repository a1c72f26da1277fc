// What goes wrong is said in words; and the page works by keyboard, for screen readers, on a phone.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { sees, until, hears } from '../media.mjs';
import { hasChat, joinRoom, openPanel, openRoom, pageName, pressJoin, sendChat, tileOf, tiles, toggle } from '../page.mjs';
import { test } from '../suite.mjs';

const AXE = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

// Violations that axe calls serious or critical, on what is shown now.
async function accessible(person, where) {
  await person.page.evaluate(`${AXE}; undefined`);
  const found = await person.page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.filter((v) => ['serious', 'critical'].includes(v.impact))
      .map((v) => ({ rule: v.id, help: v.help, nodes: v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 200)} ${n.failureSummary}`) }));
  });
  assert.deepEqual(found, [], `axe on ${where}: ${JSON.stringify(found, null, 1)}`);
}

async function problem(t, server, room, expected, options = {}) {
  const p = await t.person(1, options);
  await p.page.goto(`${server.url}/r/${room}`);
  await p.page.locator(`[data-testid=problem][data-problem=${expected}]`).waitFor();
  await accessible(p, expected);
  return p;
}

test('room not found: said, with a way out', async (t) => {
  const server = await t.server();
  const p = await problem(t, server, 'babab-babab-babab-babab', 'room_not_found');
  await p.page.getByTestId('go-home').click();
  await p.page.getByTestId('create-room').waitFor();
});

// Two are in the room; a third is told why there is no place, and gets in once one of the two has left.
async function thirdGetsInLater(t, server, room, why) {
  const [a, b] = [await t.person(2), await t.person(3)];
  await joinRoom(a, server.url, room);
  await joinRoom(b, server.url, room);
  const p = await problem(t, server, room, why);
  await b.page.getByTestId('leave').click();
  await b.page.getByTestId('left').waitFor();
  await p.page.getByTestId('retry').click();
  await p.page.getByTestId('preview').waitFor();
  await pressJoin(p);
  await sees(p, [2]);
}

test('room full: said, and works once somebody leaves', async (t) => {
  const server = await t.server();
  await thirdGetsInLater(t, server, await server.createRoom({ capacity: 2 }), 'room_full');
});

test('server full: said, and works once there is room', async (t) => {
  const server = await t.server({ PARLEY_LIMITS_SOCKETS: 2 });
  await thirdGetsInLater(t, server, await server.createRoom(), 'overloaded');
});

test('the server cannot be reached: said, and works later', async (t) => {
  const server = await t.server();
  const room = await server.createRoom();
  const proxy = await server.proxy();
  t.onEnd(() => proxy.close());
  const p = await t.person(1);
  await openRoom(p, proxy.url, room);
  proxy.refuse(true);
  await pressJoin(p);
  await p.page.locator('[data-testid=problem][data-problem=unreachable]').waitFor({ timeout: 45_000 });
  proxy.refuse(false);
  await p.page.getByTestId('retry').click();
  await p.page.getByTestId('preview').waitFor();
  await pressJoin(p);
  await p.page.getByTestId('call').waitFor();
});

for (const [camera, failure] of [['denied', 'denied'], ['none', 'missing']]) {
  test(`camera and microphone ${failure}: said, and one can join to watch`, async (t) => {
    const server = await t.server();
    const room = await server.createRoom({ mode: 'sfu' });
    const a = await t.person(1);
    await joinRoom(a, server.url, room);
    const b = await t.person(2, { camera });
    await b.page.goto(`${server.url}/r/${room}`);
    await b.page.locator(`[data-testid=device-problem][data-failure=${failure}]`).first().waitFor();
    await accessible(b, `devices ${failure}`);
    await b.page.getByTestId('name-input').fill('P2');
    await pressJoin(b);
    await sees(b, [1]);
    await hears(b);
    await tileOf(a, 'P2', (tile) => tile.muted && tile.video === 'off', 'has nothing to show');
  });
}

test('permission denied by the browser itself', async (t) => {
  const server = await t.server();
  const room = await server.createRoom();
  const p = await t.person(1, { camera: 'device', launch: { without: ['--use-fake-ui'], args: ['--deny-permission-prompts'] } });
  await p.page.goto(`${server.url}/r/${room}`);
  await p.page.locator('[data-testid=device-problem][data-failure=denied]').first().waitFor();
});

test('connection lost: said while it lasts', async (t) => {
  const server = await t.server();
  const proxy = await server.proxy();
  t.onEnd(() => proxy.close());
  const room = await server.createRoom();
  const [a, b] = [await t.person(1), await t.person(2)];
  await joinRoom(a, server.url, room);
  await joinRoom(b, proxy.url, room);
  await Promise.all([sees(a, [2]), sees(b, [1])]);
  proxy.refuse(true);
  await b.page.getByTestId('reconnecting').waitFor();
  await until('the other sees it', () => a.page.getByText('Reconnecting').first().isVisible());
  proxy.refuse(false);
  await b.page.getByTestId('reconnecting').waitFor({ state: 'detached' });
  await Promise.all([sees(a, [2]), sees(b, [1])]);
});

// Presses Tab until the element with this test id has the focus, as somebody without a mouse does.
async function tabTo(person, id) {
  for (let i = 0; i < 40; i++) {
    const focused = await person.page.evaluate(() => document.activeElement?.dataset?.testid ?? '');
    if (focused === id) return;
    await person.page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${id}`);
}

test('keyboard alone: create, join, mute, chat, leave', async (t) => {
  const server = await t.server();
  const a = await t.person(1);
  const keys = a.page.keyboard;
  await a.page.goto(`${server.url}/`);
  await a.page.getByTestId('create-room').waitFor();
  await tabTo(a, 'create-room');
  await keys.press('Enter');
  await a.page.getByTestId('preview').waitFor();
  await tabTo(a, 'name-input');
  await keys.type('P1');
  await keys.press('Enter');
  await a.page.getByTestId('call').waitFor();
  const room = new URL(a.page.url()).pathname.split('/').pop();
  const b = await t.person(2);
  await joinRoom(b, server.url, room);
  await sees(a, [2]);
  await tabTo(a, 'toggle-microphone');
  await keys.press('Space');
  await tileOf(b, 'P1', (tile) => tile.muted, 'is muted');
  await keys.press('m');
  await tileOf(b, 'P1', (tile) => !tile.muted, 'is heard again, by the shortcut');
  await tabTo(a, 'open-chat');
  await keys.press('Enter');
  await a.page.getByTestId('chat-panel').waitFor();
  await tabTo(a, 'chat-input');
  await keys.type('by keyboard');
  await keys.press('Enter');
  await hasChat(b, 'by keyboard');
  await keys.press('Escape');
  await tabTo(a, 'leave');
  await keys.press('Enter');
  await a.page.getByTestId('left').waitFor();
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing serious, ${colorScheme}`, { timeout: 120_000 }, async (t) => {
    const server = await t.server();
    const room = await server.createRoom({ mode: 'sfu' });
    const a = await t.person(1, { context: { colorScheme } });
    await a.page.goto(`${server.url}/`);
    await a.page.getByTestId('create-room').waitFor();
    await accessible(a, 'the start page');
    await openRoom(a, server.url, room);
    await accessible(a, 'the preview');
    await pressJoin(a);
    await a.page.getByTestId('call').waitFor();
    await accessible(a, 'the call, alone');
    const [b, c] = [await t.person(2), await t.person(3)];
    await joinRoom(b, server.url, room);
    await joinRoom(c, server.url, room);
    await sees(a, [2, 3]);
    await toggle(b, 'microphone');
    await accessible(a, 'the call');
    await sendChat(b, 'something to read');
    await hasChat(a, 'something to read');
    await accessible(a, 'the call with chat');
    await openPanel(a, 'people');
    await accessible(a, 'the call with people');
    await a.page.getByTestId('open-settings').click();
    await a.page.getByRole('dialog').waitFor();
    await accessible(a, 'the settings');
    await a.page.keyboard.press('Escape');
    await a.page.getByTestId('leave').click();
    await a.page.getByTestId('left').waitFor();
    await accessible(a, 'the end');
  });
}

test('on a phone\'s width nothing is cut off', async (t) => {
  const server = await t.server();
  const room = await server.createRoom({ mode: 'sfu' });
  const phone = { viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, hasTouch: true };
  const a = await t.person(1, { context: phone });
  const fits = async (where) => {
    const over = await a.page.evaluate(() => ({ wide: document.documentElement.scrollWidth - window.innerWidth,
      out: [...document.querySelectorAll('button, input, textarea, [data-testid=tile]')].filter((el) => {
        const r = el.getBoundingClientRect();
        return r.width > 0 && getComputedStyle(el).visibility !== 'hidden' && (r.left < -1 || r.right > window.innerWidth + 1);
      }).map((el) => el.dataset.testid ?? el.outerHTML.slice(0, 100)) }));
    assert.ok(over.wide <= 0 && over.out.length === 0, `${where}: ${JSON.stringify(over)}`);
  };
  await a.page.goto(`${server.url}/`);
  await a.page.getByTestId('create-room').waitFor();
  await fits('the start page');
  await openRoom(a, server.url, room);
  await fits('the preview');
  await pressJoin(a);
  await a.page.getByTestId('call').waitFor();
  for (let id = 2; id <= 4; id++) await joinRoom(await t.person(id, { width: 320, height: 180 }), server.url, room);
  await sees(a, [2, 3, 4]);
  await fits('the call');
  assert.ok((await tiles(a)).every((tile) => tile.width >= 80 && tile.height >= 60), JSON.stringify(await tiles(a)));
  await accessible(a, 'the call on a phone');
  await sendChat(a, 'from a phone');
  await hasChat(a, 'from a phone');
  await fits('the call with chat');
  await accessible(a, 'the chat on a phone');
  await a.page.keyboard.press('Escape');
  await a.page.getByTestId('leave').waitFor();
  assert.equal(await pageName(a), 'call');
});
