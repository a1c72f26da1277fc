// "Test my connection", before joining: what works from here, in words.
import assert from 'node:assert/strict';
import { until } from '../media.mjs';
import { openRoom } from '../page.mjs';
import { freePorts } from '../server.mjs';
import { test } from '../suite.mjs';

const TURN = { PARLEY_TURN_MANAGED: 'true', PARLEY_TURN_ADDRESSES: '127.0.0.1', PARLEY_TURN_ALLOW_LOOPBACK_PEERS: 'true' };

// {host: 'works', …} and the advice, once there is one.
async function found(person) {
  const dialog = person.page.getByTestId('connection-test');
  await until('the test is over', async () => ({ ok: await dialog.getByTestId('test-again').isEnabled(), text: await dialog.textContent() }), { timeout: 90_000 });
  return {
    ways: Object.fromEntries(await dialog.getByTestId('way').evaluateAll((rows) => rows.map((row) => [row.dataset.way, row.dataset.state]))),
    advice: await dialog.getByTestId('advice').textContent(),
    text: await dialog.textContent(),
  };
}

// By address, since localhost is an IPv6 one as well, where this coturn does not listen: Chromium 156 then asks it for longer than
// the test waits, and without a NAT between there is no reflexive candidate that ends it.
async function openTest(person, server) {
  await openRoom(person, server.url.replace('localhost', '127.0.0.1'), await server.createRoom());
  await person.page.getByTestId('test-connection').click();
  await person.page.getByTestId('connection-test').waitFor();
}

test('connection test: everything works', { needs: ['turnserver'], timeout: 120_000 }, async (t) => {
  const server = await t.server(TURN);
  const person = await t.person(1, { launch: { args: ['--ignore-certificate-errors'] } });
  await openTest(person, server);
  const { ways, advice } = await found(person);
  assert.deepEqual(ways, { host: 'works', srflx: 'works', 'relay-udp': 'works', 'relay-tcp': 'works', 'relay-tls': 'works' });
  assert.match(advice, /Everything works/);
  // Closed by the keyboard, and the way in is open as before.
  await person.page.keyboard.press('Escape');
  await person.page.getByTestId('connection-test').waitFor({ state: 'hidden' });
  await person.page.getByTestId('join').click();
  await person.page.getByTestId('call').waitFor();
});

test('connection test: TURN is blocked, STUN is not', { needs: ['turnserver'], timeout: 150_000 }, async (t) => {
  const stun = await t.server(TURN);
  const [closed] = await freePorts(1);
  const server = await t.server({
    PARLEY_TURN_URLS: [`stun:127.0.0.1:${stun.env.PARLEY_TURN_PORT}`, `turn:127.0.0.1:${closed}?transport=udp`,
      `turn:127.0.0.1:${closed}?transport=tcp`].join(','),
    PARLEY_TURN_SECRET: 'nobody-asks-for-it',
  });
  const person = await t.person(1);
  await openTest(person, server);
  const { ways, advice, text } = await found(person);
  assert.deepEqual(ways, { host: 'works', srflx: 'works', 'relay-udp': 'fails', 'relay-tcp': 'fails', 'relay-tls': 'not-offered' });
  assert.match(advice, /look at its relay/);
  assert.match(text, /This server does not offer it/);
});
