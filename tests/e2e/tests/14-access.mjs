// Who may come in, and what hosts do: on the page.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { joinAsClient } from '../client.mjs';
import { sees, until } from '../media.mjs';
import { inCall, joinRoom, openPanel, openRoom, pageName, pressJoin, tileOf, toggle } from '../page.mjs';
import { BINARY } from '../server.mjs';
import { test } from '../suite.mjs';

const at = (person, id) => person.page.getByTestId(id);
const roomOf = (person) => person.page.url().split('/r/')[1].split('?')[0];

// The page makes the room, so that whoever sits before it is its host. Gives the room's id.
async function create(person, base, { password = '', lobby = false } = {}) {
  await person.page.goto(base);
  await at(person, 'door').click();
  await at(person, 'new-password').fill(password);
  await at(person, 'new-lobby').setChecked(lobby);
  await at(person, 'create-room').click();
  await at(person, 'preview').waitFor();
  await at(person, 'name-input').fill(person.name);
  await until(`${person.name}'s room is there`, () => person.page.evaluate(() => window.parley.getState().page.room !== null));
  await pressJoin(person);
  await inCall(person);
  return roomOf(person);
}

async function act(person, on, action) {
  await openPanel(person, 'people');
  await at(person, 'person').filter({ hasText: on.name }).getByTestId('person-menu').click();
  await at(person, action).click();
}

const told = (person, text) => at(person, 'toast').filter({ hasText: text }).first().waitFor();

test('the host mutes and removes a guest, locks the room, and ends the call', { timeout: 150_000 }, async (t) => {
  const server = await t.server();
  const [host, guest, late] = [await t.person(1), await t.person(2), await t.person(3)];
  const room = await create(host, server.url);
  await joinRoom(guest, server.url, room);
  await Promise.all([sees(host, [2]), sees(guest, [1])]);

  await act(host, guest, 'mute-microphone');
  await told(guest, 'P1 muted you');
  await tileOf(host, 'P2', (tile) => tile.muted, 'is muted');
  assert.equal(await guest.page.evaluate(() => window.parley.getState().local.enabled.microphone), false);
  await toggle(guest, 'microphone');
  await tileOf(host, 'P2', (tile) => !tile.muted, 'is not muted any more');
  await openPanel(guest, 'people');
  assert.equal(await at(guest, 'person-menu').count(), 0);
  assert.equal(await guest.page.locator('[data-testid=person][data-role=host]').count(), 1);

  await at(host, 'more').click();
  await at(host, 'lock').click();
  await told(guest, 'locked');
  await late.page.goto(`${server.url}/r/${room}`);
  await late.page.locator('[data-testid=problem][data-problem=room_locked]').waitFor();

  await act(host, guest, 'remove');
  await guest.page.getByText('You were removed from the call').waitFor();
  await told(host, 'P2 was removed');
  await at(host, 'more').click();
  await at(host, 'lock').click();
  await at(late, 'retry').click();
  await at(late, 'preview').waitFor();
  await pressJoin(late);
  await inCall(late);

  await at(host, 'more').click();
  await at(host, 'end').click();
  await at(host, 'end-confirm').click();
  for (const person of [host, late]) await person.page.getByText('The room was closed').waitFor();
});

test('a room with a password asks for it, says when it is wrong, and lets its host in without', async (t) => {
  const server = await t.server();
  const [host, guest] = [await t.person(1), await t.person(2)];
  const room = await create(host, server.url, { password: 'open sesame' });
  await guest.page.goto(`${server.url}/r/${room}`);
  await at(guest, 'password-input').waitFor();
  await at(guest, 'name-input').fill('P2');
  assert.equal(await at(guest, 'join').isDisabled(), true);
  await at(guest, 'password-input').fill('open barley');
  await at(guest, 'join').click();
  await at(guest, 'password-hint').filter({ hasText: 'not the password' }).waitFor();
  assert.equal(await pageName(guest), 'preview');
  await at(guest, 'password-input').fill('open sesame');
  await at(guest, 'join').click();
  await inCall(guest);
  await Promise.all([sees(host, [2]), sees(guest, [1])]);
});

test('a lobby: who joins waits, a host lets them in or not', async (t) => {
  const server = await t.server();
  const [host, guest] = [await t.person(1), await t.person(2)];
  const room = await create(host, server.url, { lobby: true });
  const knock = async () => {
    await openRoom(guest, server.url, room);
    await guest.page.getByText('A host lets people in one by one.').waitFor();
    await pressJoin(guest);
    await at(guest, 'waiting').waitFor();
    await at(host, 'knock').filter({ hasText: 'P2' }).waitFor();
  };
  await knock();
  await at(guest, 'cancel-join').click();
  await at(guest, 'join').waitFor();
  await at(host, 'knock').waitFor({ state: 'detached' });
  await knock();
  await at(host, 'deny').click();
  await guest.page.locator('[data-testid=problem][data-problem=not_admitted]').waitFor();
  await knock();
  await guest.page.waitForTimeout(12_000);    // longer than any other reply may take
  await at(host, 'admit').click();
  await inCall(guest);
  await Promise.all([sees(host, [2]), sees(guest, [1])]);
});

test('a pass of another backend: in without a password, under the name it gives', async (t) => {
  const key = 'of-the-tests-0123456789abcdef-0123456789';
  const server = await t.server({ PARLEY_HTTP_API_KEY: key });
  const room = await server.createRoom({ password: 'open sesame' });
  const pass = execFileSync(BINARY, ['token', '--room', room, '--name', 'Grace H.', '--role', 'host'], { encoding: 'utf8', env: { ...process.env, PARLEY_HTTP_API_KEY: key } }).trim();
  const [grace, late] = [await t.person(1), await t.person(2)];
  await grace.page.goto(`${server.url}/r/${room}#pass=${pass}`);
  await until('the name is there', async () => (await at(grace, 'name-input').inputValue()) === 'Grace H.');
  assert.equal(await at(grace, 'name-input').isDisabled(), true);
  assert.equal(grace.page.url(), `${server.url}/r/${room}`);
  await grace.page.reload();
  await until('the name is there again', async () => (await at(grace, 'name-input').inputValue()) === 'Grace H.');
  await pressJoin(grace);
  await inCall(grace);
  await openPanel(grace, 'people');
  assert.equal(await grace.page.locator('[data-testid=person][data-role=host]').filter({ hasText: 'Grace H.' }).count(), 1);
  await late.page.goto(`${server.url}/r/${room}#pass=${pass.slice(0, -2)}`);
  await late.page.locator('[data-testid=problem][data-problem=wrong_pass]').waitFor();
});

test('who only watches sees the others, and is seen by nobody', async (t) => {
  const server = await t.server();
  const room = await server.createRoom();
  const [a, viewer] = [await t.person(1), await t.person(2)];
  await joinRoom(a, server.url, room);
  await openRoom(viewer, server.url, room);
  await at(viewer, 'watch').click();
  await inCall(viewer);
  await sees(viewer, [1]);
  assert.equal(await at(viewer, 'toggle-microphone').count(), 0);
  await viewer.page.keyboard.press('m');
  assert.equal(await viewer.page.evaluate(() => Object.values(window.parley.getState().local.enabled).some(Boolean)), false);
  await openPanel(a, 'people');
  await at(a, 'person').filter({ hasText: 'Only watches' }).waitFor();
  assert.equal(await a.page.locator('[data-testid=tile]:not([data-self=true])').count(), 0);
  const wire = await joinAsClient(t, server, room);
  assert.deepEqual(wire.joined.participants.map((p) => p.role), ['participant', 'viewer']);
});
