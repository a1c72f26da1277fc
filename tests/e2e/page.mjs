// What a person does on the page, by roles and test ids (web/README.md lists them).
import { until } from './media.mjs';

const state = (person, pick) => person.page.evaluate(pick);
export const pageName = (person) => state(person, () => window.parley?.getState().page.name);
const at = (person, id) => person.page.getByTestId(id);

// A namespace that was just made gets its addresses one by one; Chromium gives up a page load at each.
async function visit(page, url, tries = 3) {
  try {
    await page.goto(url);
  } catch (e) {
    if (tries <= 1 || !/ERR_NETWORK_CHANGED/.test(String(e))) throw e;
    await visit(page, url, tries - 1);
  }
}

// The preview of a room, its room looked up and the devices open.
// `query`: debugging aids in the address, as web/README.md lists them ('?codec=vp9').
export async function openRoom(person, base, room, { name = person.name, query = '' } = {}) {
  // Firefox gives devices to a page in front only.
  if (person.kind === 'firefox') await person.page.bringToFront();
  await visit(person.page, `${base}/r/${room}${query}`);
  await at(person, 'preview').waitFor();
  await at(person, 'name-input').fill(name);
  await until(`${person.name}'s preview is ready`, () => state(person, () => {
    const { page, local, ownTracks } = window.parley.getState();
    if (page.name === 'problem') throw new Error(`closed: problem ${page.problem}`);
    const camera = ownTracks.camera !== null || local.failures.camera !== null || !local.enabled.camera;
    return { ok: page.name === 'preview' && page.room !== null && !local.opening && camera, page, local, camera };
  }), { every: 100 });
}

export async function pressJoin(person) {
  await at(person, 'join').click();
}

export async function inCall(person) {
  await until(`${person.name} is in the call`, () => state(person, () => {
    const { page } = window.parley.getState();
    if (page.name === 'problem') throw new Error(`closed: problem ${page.problem}`);
    return page.name === 'call';
  }), { every: 100 });
  await at(person, 'call').waitFor();
}

export async function joinRoom(person, base, room, options) {
  await openRoom(person, base, room, options);
  await pressJoin(person);
  await inCall(person);
}

// After a reload: the same room, the same name; one press on Join.
export async function rejoin(person, room) {
  await at(person, 'preview').waitFor();
  const kept = await person.page.evaluate(() => ({ path: window.location.pathname, name: document.querySelector('[data-testid=name-input]').value }));
  if (!kept.path.endsWith(room) || kept.name !== person.name) throw new Error(`another room or name after the reload: ${JSON.stringify(kept)}`);
  await pressJoin(person);
  await inCall(person);
}

export async function leave(person) {
  await at(person, 'leave').click();
  await at(person, 'left').waitFor();
}

export async function toggle(person, what) {
  await at(person, `toggle-${what}`).click();
}

// Makes somebody's tile the large one.
export async function pin(person, name) {
  const tile = person.page.locator(`[data-testid=tile][aria-label="${name}"]`);
  await tile.hover();
  await tile.getByTestId('pin').click();
}

// Tiles as others see them: [{name, group, video, muted, self, pinned}].
export const tiles = (person) => person.page.evaluate(() => [...document.querySelectorAll('[data-testid=tile]')].map((tile) => ({
  name: tile.getAttribute('aria-label'), group: tile.dataset.group, video: tile.dataset.video, self: tile.dataset.self === 'true',
  muted: tile.querySelector('[aria-label=Muted]') !== null, speaking: tile.dataset.speaking === 'true',
  pinned: tile.querySelector('[data-testid=pin]')?.getAttribute('aria-pressed') === 'true',
  width: tile.getBoundingClientRect().width, height: tile.getBoundingClientRect().height,
})));

export async function tileOf(person, name, accept, what = 'fits') {
  return until(`${person.name}'s tile of ${name} ${what}`, async () => {
    const found = (await tiles(person)).find((t) => t.name === name);
    return { ok: found !== undefined && accept(found), found };
  });
}

const PANELS = { chat: 'Chat', people: 'People', statistics: 'Statistics' };

export async function openPanel(person, panel) {
  if (await at(person, `${panel}-panel`).isVisible()) return;
  if (await at(person, `open-${panel}`).isVisible()) {
    await at(person, `open-${panel}`).click();
  } else {
    // What the bar has no room for is in the menu; on a phone that is most.
    await at(person, 'more').click();
    await person.page.getByRole('menuitem', { name: PANELS[panel] }).click();
  }
  await at(person, `${panel}-panel`).waitFor();
}

export async function sendChat(person, text) {
  await openPanel(person, 'chat');
  await at(person, 'chat-input').fill(text);
  await at(person, 'chat-send').click();
}

export async function hasChat(person, text) {
  await openPanel(person, 'chat');
  await at(person, 'chat-message').filter({ hasText: text }).first().waitFor();
}
