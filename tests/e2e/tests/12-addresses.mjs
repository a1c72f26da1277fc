// The server's own addresses: IPv6, one that stands for it outside, and the page over https.
import assert from 'node:assert/strict';
import { hears, keepDecoding, path, sees } from '../media.mjs';
import { joinRoom } from '../page.mjs';
import { freePorts } from '../server.mjs';
import { test } from '../suite.mjs';

// Two people in the SFU of this server; what each one's path to it is.
async function pathsThrough(t, server, url = server.url, context = {}) {
  const room = await server.createRoom({ mode: 'sfu' });
  const people = [await t.person(1, { context }), await t.person(2, { context })];
  for (const p of people) await joinRoom(p, url, room);
  await Promise.all([sees(people[0], [2]), sees(people[1], [1])]);
  await Promise.all(people.map((p) => hears(p)));
  await keepDecoding(people, 1, 5000);
  return Promise.all(people.map((p) => path(p)));
}

// Named alone: next to it the server offers 127.0.0.1, and a browser on the same machine takes that.
test('media over IPv6', async (t) => {
  const server = await t.server({ PARLEY_MEDIA_PUBLIC_ADDRESSES: '::1' }, { fresh: true });
  for (const { pair } of await pathsThrough(t, server)) assert.equal(pair.remote.address, '::1');
});

// 127.0.0.9 is no address that the server finds on its interfaces, yet it reaches it: as a NAT's outside would.
test('an advertised public address', async (t) => {
  const server = await t.server({ PARLEY_MEDIA_PUBLIC_ADDRESSES: '127.0.0.9' }, { fresh: true });
  for (const { pair } of await pathsThrough(t, server)) assert.equal(pair.remote.address, '127.0.0.9');
});

test('page, REST and WebSocket over https with the own certificate', async (t) => {
  const [tlsPort] = await freePorts(1);
  const server = await t.server({ PARLEY_HTTP_TLS_PORT: tlsPort }, { fresh: true });
  await pathsThrough(t, server, `https://localhost:${tlsPort}`, { ignoreHTTPSErrors: true });
});
