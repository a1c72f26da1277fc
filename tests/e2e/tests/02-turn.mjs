// Forced through the managed coturn: UDP, TCP, TLS.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { hears, onLeg, path, sees } from '../media.mjs';
import { joinRoom } from '../page.mjs';
import { test } from '../suite.mjs';

const TURN = { PARLEY_TURN_MANAGED: 'true', PARLEY_TURN_ADDRESSES: '127.0.0.1', PARLEY_TURN_ALLOW_LOOPBACK_PEERS: 'true' };
const WAYS = {
  udp: { iceUrls: '^turn:.*transport=udp' },
  tcp: { iceUrls: '^turn:.*transport=tcp' },
  tls: { iceUrls: '^turns:', launch: { args: ['--ignore-certificate-errors'] } },
};

for (const [way, options] of Object.entries(WAYS)) {
  test(`two people by TURN over ${way.toUpperCase()}`, { needs: ['turnserver'] }, async (t) => {
    const server = await t.server(TURN);
    const room = await server.createRoom();
    const a = await t.person(1, { relayOnly: true, ...options });
    const b = await t.person(2, { relayOnly: true, ...options });
    await joinRoom(a, server.url, room);
    await joinRoom(b, server.url, room);
    await Promise.all([sees(a, [2]), sees(b, [1]), hears(a), hears(b)]);
    await Promise.all([onLeg(a, 'p2p'), onLeg(b, 'p2p')]);
    for (const p of [a, b]) {
      const { pair } = await path(p);
      assert.equal(pair.local.type, 'relay', `${p.name} is relayed: ${JSON.stringify(pair)}`);
      assert.equal(pair.local.relayProtocol, way);
    }
  });
}

// What happens to the connection from now on, in order: 'restart' is the page's doing, the rest the browser's.
const follow = (p) => p.page.evaluate(() => {
  window.__followed = [];
  for (const pc of window.__e2e.pcs) {
    const restart = pc.restartIce.bind(pc);
    pc.restartIce = () => { window.__followed.push('restart'); restart(); };
    pc.addEventListener('iceconnectionstatechange', () => window.__followed.push(pc.iceConnectionState));
  }
});

test('coturn dies under a relayed call: the page makes another path before the browser doubts the old one', { needs: ['turnserver'], timeout: 120_000 }, async (t) => {
  const server = await t.server(TURN, { fresh: true });
  const room = await server.createRoom();
  const a = await t.person(1, { relayOnly: true, ...WAYS.udp });
  const b = await t.person(2, { relayOnly: true, ...WAYS.udp });
  await joinRoom(a, server.url, room);
  await joinRoom(b, server.url, room);
  await Promise.all([sees(a, [2]), sees(b, [1]), onLeg(a, 'p2p'), onLeg(b, 'p2p')]);
  await sleep(3000);        // what flows is looked at
  await Promise.all([follow(a), follow(b)]);
  server.kill('turn');
  await sleep(1000);
  await Promise.all([sees(a, [2]), sees(b, [1]), hears(a), hears(b)]);
  const seen = await Promise.all([a, b].map((p) => p.page.evaluate(() => window.__followed)));
  assert.ok(seen.some(([first]) => first === 'restart'), JSON.stringify(seen));
});

test('Firefox by TURN over UDP', { needs: ['turnserver', 'firefox'] }, async (t) => {
  const server = await t.server(TURN);
  const room = await server.createRoom();
  const a = await t.person(1, { kind: 'firefox', relayOnly: true, iceUrls: '^turn:.*transport=udp' });
  const b = await t.person(2, { relayOnly: true, iceUrls: '^turn:.*transport=udp' });
  await joinRoom(a, server.url, room);
  await joinRoom(b, server.url, room);
  await Promise.all([sees(a, [2]), sees(b, [1]), hears(a), hears(b)]);
  assert.equal((await path(b)).pair.local.type, 'relay');
  assert.equal((await path(a)).pair.local.type, 'relay');
});

test('the SFU through TURN over TCP', { needs: ['turnserver'] }, async (t) => {
  const server = await t.server(TURN);
  const room = await server.createRoom({ mode: 'sfu' });
  const a = await t.person(1, { relayOnly: true, iceUrls: '^turn:.*transport=tcp' });
  const b = await t.person(2);
  await joinRoom(a, server.url, room);
  await joinRoom(b, server.url, room);
  await Promise.all([sees(a, [2]), sees(b, [1]), hears(a), hears(b)]);
  assert.equal((await path(a)).pair.local.type, 'relay');
});
