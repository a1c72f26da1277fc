// The whole worker into a sink, beside the least it could cost: run in a network namespace of its own, as root
// (sfu-measures.mjs does, with unshare -n). A crowd joins over loopback; then what the media worker sends is routed to an ifb
// device that frees each packet after transmit, and CPU time is taken over the next seconds, in which nobody answers any more.
// Usage: sfu-sink.mjs PACKETS_PER_FRAME RUNS; prints JSON: [{ns, perSecond, burst, audio, whole, bare: [bench_bare's lines]}]
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BUILD, load, pin, startParley } from './sfu-load.mjs';
import { cpuNs } from './sfu-processes.mjs';

const [perFrame, runs] = process.argv.slice(2).map(Number);
const RECEIVERS = 100;
const FPS = 100;        // so that the worker is kept at work, as the bare loop is: between two frames of 30 it sleeps, and caches go cold
const PAYLOAD = 1100;
const AUDIO_PER_S = 50;
const SETTLE_S = 8;
const SECONDS = 4;      // then estimates and consent would end without answers
const BARE_PORT = 19_999;
const WHOLE = 0.2;      // bursts of other lengths: the server left video out, so that it is not the scene
const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });

function prepare() {
  ip('link', 'set', 'lo', 'up');
  ip('link', 'add', 'sink', 'type', 'ifb');
  ip('link', 'set', 'sink', 'up');
  for (const name of ['all', 'sink']) writeFileSync(`/proc/sys/net/ipv4/conf/${name}/route_localnet`, '1');
  ip('route', 'add', 'default', 'dev', 'sink', 'table', '100');
  ip('rule', 'add', 'pref', '100', 'lookup', 'local');
  ip('rule', 'del', 'pref', '0');       // so that a rule may stand before that for local addresses
}

const rule = (verb, port) => ip('rule', verb, 'pref', '5', 'ipproto', 'udp', 'sport', String(port), 'lookup', '100');

async function look(server) {
  const metrics = await server.metrics();
  return { at: performance.now(), ns: server.pids.media.map(cpuNs).reduce((a, b) => a + b, 0), packets: metrics['parley_engine_rtp_forwarded_total{worker="0"}'] };
}

async function once() {
  const server = await startParley({ PARLEY_MEDIA_WORKERS: 1 });
  try {
    pin(server, 0);
    const kbps = Math.round((perFrame - 0.5) * PAYLOAD * 8 * FPS / 1000);
    const scene = { publishers: 1, subscribers: RECEIVERS, 'join-rate': 100, 'video-kbps': kbps, fps: FPS, settle: SETTLE_S };
    let measured;
    const onMeasuring = async () => {
      rule('add', server.mediaPort);
      await sleep(500);
      const from = await look(server);
      await sleep(SECONDS * 1000);
      const to = await look(server);
      const perSecond = (to.packets - from.packets) / (to.at - from.at) * 1000;
      measured = { ns: (to.ns - from.ns) / (to.packets - from.packets), perSecond, burst: (perSecond / RECEIVERS - AUDIO_PER_S) / FPS, audio: AUDIO_PER_S * RECEIVERS / perSecond };
    };
    const { report } = await load(server, scene, { duration: SECONDS + 2, window: 1, cores: '1', onMeasuring });
    // What came in the second before: less than that in the sink is no longer the scene.
    const before = report.series.filter((second) => second.at_s < report.joins.took_s + SETTLE_S - 0.5).at(-1).in_per_s;
    return { ...measured, before };
  } finally {
    try { rule('del', server.mediaPort); } catch { /* it was not there yet */ }
    await server.stop();
  }
}

// Right after each other: the machine is not as fast at all times.
const bare = () => execFileSync('taskset', ['-c', '0', join(BUILD, 'bench/bench_bare'), String(BARE_PORT)], { encoding: 'utf8' }).trim().split('\n').map((l) => JSON.parse(l));

prepare();
rule('add', BARE_PORT);
const server = [];
const whole = (s) => Math.abs(s.burst / perFrame - 1) < WHOLE;
for (let i = 0; i < 2 * runs && server.filter(whole).length < runs; i++) server.push({ ...await once(), bare: bare() });
console.log(JSON.stringify(server.map((s) => ({ ...s, whole: whole(s) }))));
