// Two people behind routers, in network namespaces, with the server and coturn on the public side.
import assert from 'node:assert/strict';
import { closeBrowser } from '../browsers.mjs';
import { hears, path, sees, until } from '../media.mjs';
import { namespace, netlab } from '../netlab.mjs';
import { joinRoom } from '../page.mjs';
import { test } from '../suite.mjs';

const PUBLIC = '203.0.113.10';
const ARGS = [`--unsafely-treat-insecure-origin-as-secure=http://${PUBLIC}`, '--ignore-certificate-errors'];
const ENV = {
  PARLEY_TURN_MANAGED: 'true', PARLEY_TURN_ADDRESSES: PUBLIC, PARLEY_MEDIA_ADDRESSES: PUBLIC,
  // The lab's public network is TEST-NET-3, which coturn must otherwise refuse as special.
  PARLEY_TURN_EXTRA_ALLOWED_PEERS: '203.0.113.0-203.0.113.255',
};

async function lab(t, nats, roomOptions = {}) {
  const net = await netlab(t, nats);
  const server = await t.server(ENV, { fresh: true, netns: namespace('srv') });
  const room = await server.createRoom(roomOptions);
  const people = [];
  for (const [i, name] of Object.keys(nats).entries()) {
    const launch = { netns: namespace(name), args: ARGS };
    t.onEnd(() => closeBrowser('chromium', launch));
    people.push(await t.person(i + 1, { launch }));
  }
  for (const p of people) await joinRoom(p, server.url, room);
  return { net, server, people };
}

const together = ([a, b]) => Promise.all([sees(a, [2]), sees(b, [1]), hears(a), hears(b)]);
const options = { needs: ['netlab', 'turnserver'], timeout: 120_000 };

test('two cone NATs: directly, by STUN', options, async (t) => {
  const { people } = await lab(t, { a: 'cone', b: 'cone' });
  await together(people);
  // A path over the relay may be checked first, and carries the call until the direct one is.
  const isDirect = ({ local, remote }) => ['srflx', 'prflx', 'host'].includes(local.type) && ['srflx', 'prflx'].includes(remote.type);
  for (const p of people) {
    await until(`${p.name} is on a direct path`, async () => {
      const { pair, sfu } = await path(p);
      return { ok: !sfu && isDirect(pair), sfu, pair };
    }, { timeout: 10_000 });
  }
});

test('two symmetric NATs: by TURN', options, async (t) => {
  const { people } = await lab(t, { a: 'symmetric', b: 'symmetric' });
  await together(people);
  const paths = await Promise.all(people.map(path));
  assert.ok(paths.every((p) => !p.sfu), 'the pair stays P2P');
  assert.ok(paths.some((p) => p.pair.local.type === 'relay' || p.pair.remote.type === 'relay'), JSON.stringify(paths.map((p) => p.pair)));
});

test('UDP blocked on one side: by TURN over TCP', options, async (t) => {
  const { people } = await lab(t, { a: 'udpblock', b: 'cone' });
  await together(people);
  const { pair } = await path(people[0]);
  assert.ok(pair.local.relayProtocol === 'tcp' || pair.local.relayProtocol === 'tls' || pair.local.protocol === 'tcp', JSON.stringify(pair));
});

test('UDP blocked, to the SFU: by ICE-TCP or TURN over TCP', options, async (t) => {
  const { people } = await lab(t, { a: 'udpblock', b: 'cone' }, { mode: 'sfu' });
  await together(people);
  const { pair, sfu } = await path(people[0]);
  assert.equal(sfu, true);
  assert.ok(pair.local.protocol === 'tcp' || ['tcp', 'tls'].includes(pair.local.relayProtocol), JSON.stringify(pair));
});

test('only TCP 443 and 80 on one side: by TURN over TLS', options, async (t) => {
  const { people } = await lab(t, { a: 'tcp443', b: 'cone' });
  await together(people);
  const { pair } = await path(people[0]);
  assert.equal(pair.local.relayProtocol, 'tls', JSON.stringify(pair));
});
