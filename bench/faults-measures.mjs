// Each fault: {name, what, run({runs}) -> rows}.
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { hears, onLeg, path, sees } from '../tests/e2e/media.mjs';
import { joinRoom } from '../tests/e2e/page.mjs';
import { Context } from '../tests/e2e/suite.mjs';
import { namespace, twoLinks } from '../tests/e2e/two-links.mjs';
import { CROWD, PEOPLE, pidOf, replaced, startTwoWorkers, withCrowd } from './faults-load.mjs';
import { controlRows, floodRows, networkRows, relayRows, surroundingsRows, workerRows } from './faults-rows.mjs';
import { decodedGap } from './gaps.mjs';
import { inFront, now, SMALL, take } from './measures.mjs';

// A process that dies within 10 s of its start waits before it starts again: what is measured is a first death.
const STEADY_S = 10.6;
const UPGRADE_EVERY_S = 6;

async function withServer(use) {
  const server = await startTwoWorkers();
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

const killed = (server, name) => async () => {
  const pid = pidOf(server, name);
  process.kill(pid, 'SIGKILL');
  await replaced(server, name, pid);
};

const workerKilled = ({ runs }) => withServer(async (server) => {
  const report = await withCrowd(server, { times: runs, every_s: STEADY_S }, killed(server, 'media0'));
  return workerRows(report, runs, `SIGKILL to one of two workers, ${runs} times under ${CROWD}; from a stream's last packet over the former connection to its first over the new one (of video: of a key frame), all streams of all clients`);
});

const controlKilled = ({ runs }) => withServer(async (server) => {
  const report = await withCrowd(server, { times: runs, every_s: STEADY_S }, killed(server, 'control'));
  return controlRows('control_killed', report, { times: runs, people: PEOPLE }, `SIGKILL to control, ${runs} times under ${CROWD}; from a WebSocket's end to the reply to resume, all clients, who try again as the page does`);
});

const upgraded = ({ runs }) => withServer(async (server) => {
  const report = await withCrowd(server, { times: runs, every_s: UPGRADE_EVERY_S }, async () => {
    const pid = pidOf(server, 'control');
    process.kill(server.pid, 'SIGUSR2');
    await replaced(server, 'control', pid);
  });
  return controlRows('upgraded', report, { times: runs, people: PEOPLE }, `SIGUSR2 to the supervisor, ${runs} times under ${CROWD}; the binary at its path was the same`);
});

const TURN = { PARLEY_TURN_MANAGED: 'true', PARLEY_TURN_ADDRESSES: '127.0.0.1', PARLEY_TURN_ALLOW_LOOPBACK_PEERS: 'true' };
const RELAYED = { ...SMALL, fps: 15, relayOnly: true, iceUrls: '^turn:.*transport=udp' };
const both = ([a, b]) => Promise.all([sees(a, [b.id]), sees(b, [a.id])]);

async function relayedPair(context, server) {
  const room = await server.createRoom();
  const people = [await inFront(context, 1, RELAYED), await inFront(context, 2, RELAYED)];
  for (const p of people) await joinRoom(p, server.url, room);
  await Promise.all([both(people), ...people.map((p) => hears(p)), ...people.map((p) => onLeg(p, 'p2p'))]);
  for (const p of people) {
    const { pair } = await path(p);
    if (pair.local.type !== 'relay') throw new Error(`${p.name} is not relayed: ${JSON.stringify(pair)}`);
  }
  return people;
}

async function gapsOf(server, people) {
  const before = await Promise.all(people.map(now));
  server.kill('turn');
  await sleep(STEADY_S * 1000);
  await both(people);
  const after = await Promise.all(people.map(now));
  const taken = await Promise.all(people.map(take));
  return people.map((p, i) => decodedGap(taken[i], people[1 - i].id, before[i], after[i]));
}

async function coturnKilled({ runs }) {
  const context = new Context('coturn-killed');
  try {
    const server = await context.server(TURN, { fresh: true });
    const people = await relayedPair(context, server);
    await sleep(3000);
    const gaps = [];
    for (let i = 0; i < runs; i++) gaps.push(...await gapsOf(server, people));
    return relayRows(gaps, `SIGKILL to coturn, ${runs} times under two people in Chromium (320x180, 15 fps) who may use nothing but relayed UDP; time without a decoded picture, both directions`);
  } finally {
    await context.end();
  }
}

const SERVER = '203.0.113.10';
const WIRED = { PARLEY_MEDIA_ADDRESSES: SERVER };
const NETWORK_EVERY_S = 8;

// Somebody who has two networks, and somebody beside the server, in a call through the SFU.
async function wiredPair(context, server) {
  const room = await server.createRoom({ mode: 'sfu' });
  const people = [];
  for (const [i, name] of ['client', 'srv'].entries())
    people.push(await inFront(context, i + 1, { ...SMALL, fps: 15, launch: { netns: namespace(name), args: [`--unsafely-treat-insecure-origin-as-secure=http://${SERVER}`] } }));
  for (const p of people) await joinRoom(p, server.url, room);
  await Promise.all([both(people), ...people.map((p) => hears(p))]);
  return people;
}

async function networkChanged({ runs }) {
  const context = new Context('network-changed');
  try {
    const net = await twoLinks(context);
    const server = await context.server(WIRED, { fresh: true, netns: namespace('srv') });
    const people = await wiredPair(context, server);
    const gaps = [];
    for (let i = 0; i < runs; i++) {
      const name = ['wifi', 'mobile'][i % 2];
      await sleep(3000);
      const before = await Promise.all(people.map(now));
      await net.unplug(name);
      await sleep(NETWORK_EVERY_S * 1000);
      await both(people);
      const after = await Promise.all(people.map(now));
      const taken = await Promise.all(people.map(take));
      gaps.push(...people.map((p, k) => decodedGap(taken[k], people[1 - k].id, before[k], after[k])));
      await net.plug(name);
    }
    return networkRows(gaps, `the network in use goes away, with its address, ${runs} times in turn, from somebody in Chromium (320x180, 15 fps) in a namespace with two, in a call through the SFU; time without a decoded picture, both directions`);
  } finally {
    await context.end();
  }
}

// A program of tests/fault, which prints a line of JSON for each thing it did.
async function told(program, args) {
  const file = fileURLToPath(new URL(`../tests/fault/${program}`, import.meta.url));
  const { stdout } = await promisify(execFile)('python3', [file, ...args.map(String)]);
  return stdout.trim().split('\n').map((line) => JSON.parse(line));
}

const LOCKED_S = 60;
const FAULT_S = 5;
const ONE_CALL = 'under a call of two who send and three who decrypt and judge all of it (parley load)';

async function surroundings({ runs }) {
  const locked = await told('surroundings.py', ['--only', 'database_locked', '--seconds', LOCKED_S]);
  const others = await told('surroundings.py', ['--only', '^(?!database)', '--seconds', FAULT_S, '--times', runs]);
  return surroundingsRows([...locked, ...others], `tests/fault/surroundings.py, ${ONE_CALL}; who is new meanwhile gets in, or a 503 with Retry-After`);
}

const floods = async () => floodRows(await told('flooding.py', []), `tests/fault/flooding.py, ${ONE_CALL}; 10 s each, from 256 ports of this machine`);

export const measures = [
  { name: 'worker-killed', what: 'media worker killed', run: workerKilled },
  { name: 'control-killed', what: 'control killed', run: controlKilled },
  { name: 'upgraded', what: 'upgraded while in calls (SIGUSR2)', run: upgraded },
  { name: 'coturn-killed', what: 'coturn killed', run: coturnKilled },
  { name: 'network-changed', what: 'another network (ICE on a new interface)', run: networkChanged },
  { name: 'surroundings', what: 'what a server lives in fails', run: surroundings },
  { name: 'floods', what: 'floods', run: floods },
];
