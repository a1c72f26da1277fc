// Each figure's measurement: {name, run() -> rows}.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeBrowser } from '../tests/e2e/browsers.mjs';
import { Context } from '../tests/e2e/suite.mjs';
import { descendants, freePorts } from '../tests/e2e/server.mjs';
import { hears, keepDecoding, onLeg, sees, until } from '../tests/e2e/media.mjs';
import { joinRoom, leave, openRoom, pressJoin } from '../tests/e2e/page.mjs';
import { decodedGap, audioGap, concealedGap, percentile, silenceGap, videoGap } from './gaps.mjs';
import { serverMemory } from './memory.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PROBE = readFileSync(new URL('probe.js', import.meta.url), 'utf8');

export const measures = [];
const measure = (name, run) => measures.push({
  name,
  async run() {
    const context = new Context(name);
    try {
      return await run(context);
    } catch (e) {
      await context.report(e);
      throw e;
    } finally {
      await context.end();
    }
  },
});

const row = (id, what, value, unit, most, how, extra = {}) =>
  ({ id, what, value: Math.round(value * 10) / 10, unit, goal: `${most} ${unit}`, pass: value <= most, how, ...extra });

// A participant whose page is in front and paints at full rate, with a browser of its own unless `browser` names one
// that several share: each browser process paints and schedules for itself, and three of them fill two cores.
export async function inFront(context, id, { measured = true, browser = id, ...options } = {}) {
  const launch = { ...options.launch, args: [`--window-name=bench-${browser}`, ...options.launch?.args ?? []] };
  const person = await context.person(id, { fps: 30, ...options, launch });
  context.onEnd(() => closeBrowser('chromium', launch));
  if (measured) await person.context.addInitScript({ content: PROBE });
  return person;
}

// Three people encode, decode and paint (in software) on two cores: a small picture, so that the processor is not
// what is measured.
export const SMALL = { width: 320, height: 180 };
// For the switch more so: with three browsers and windows of 1024 x 640 both cores are busy all the time, and a trace
// shows every thread waiting for its turn: tasks of 100 ms with 1 ms of work in them. And a camera that a timer of the page draws
// stops while the sender's page has such a task (the gap of 360 ms that was measured is in the frames' own capture times):
// no real one does, so this one is drawn by a worker.
const SHARED = { ...SMALL, fps: 15, camera: 'worker', browser: 'all', context: { viewport: { width: 480, height: 320 } } };

export const now = (person) => person.page.evaluate(() => window.__e2e.probe.now());
// What was collected up to now is read a moment later: pieces reach the page by the event loop.
export async function take(person) {
  await sleep(500);
  return person.page.evaluate(() => window.__e2e.probe.take());
}

async function enter(server, room, people, options) {
  for (const p of people) await joinRoom(p, server.url, room, options);
}

// --- a fresh clone

measure('clone', async (context) => {
  const dir = mkdtempSync(join(tmpdir(), 'parley-clone-'));
  context.onEnd(() => rmSync(dir, { recursive: true, force: true }));
  const [http, tls, media, , turn, turnTls] = await freePorts(10);
  const started = Date.now();
  execFileSync('git', ['clone', '--quiet', ROOT, dir]);
  const child = spawn('make', ['run'], {
    cwd: dir, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PARLEY_HTTP_PORT: http, PARLEY_HTTP_TLS_PORT: tls, PARLEY_MEDIA_UDP_PORT: media,
      PARLEY_MEDIA_TCP_PORT: media, PARLEY_TURN_PORT: turn, PARLEY_TURN_TLS_PORT: turnTls },
  });
  context.onEnd(async () => {
    const tree = [child.pid, ...descendants(child.pid).map((p) => p.pid)];
    for (const signal of ['SIGINT', 'SIGKILL']) {
      for (const pid of tree) {
        try { process.kill(pid, signal); } catch { /* ended */ }
      }
      await sleep(3000);
    }
  });
  let output = '';
  const seconds = await new Promise((resolve, reject) => {
    const read = (d) => {
      output += d;
      if (new RegExp(`https?://[^\\s]*:${http}`).test(output)) resolve((Date.now() - started) / 1000);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`make run ended with ${code}\n${output.slice(-3000)}`)));
    setTimeout(() => reject(new Error(`no URL within 300 s\n${output.slice(-3000)}`)), 300_000).unref();
  });
  const answer = await fetch(`http://127.0.0.1:${http}/healthz`);
  if (!answer.ok) throw new Error(`the printed address answers ${answer.status}`);
  return [row('clone_to_url', 'fresh clone to URL printed, packages already there', seconds, 's', 120,
    'git clone of this repository, make run, until the address is on standard output; npm packages come from npm\'s cache or registry')];
});

// --- join to first frame

const RUNS = 20;

measure('first-frame', async (context) => {
  const server = await context.server({}, { fresh: true });
  const room = await server.createRoom();
  const host = await inFront(context, 1);
  await joinRoom(host, server.url, room);
  const guest = await inFront(context, 2);
  const decoded = [];
  const shown = [];
  for (let i = 0; i < RUNS; i++) {
    await openRoom(guest, server.url, room);
    await pressJoin(guest);
    await sees(guest, [1]);
    // Decoded for certain; what the probe reads comes by the page's event loop.
    const { clickAt, firstFrame, firstShown } = await until('the probe has seen a frame', async () => {
      const probe = await guest.page.evaluate(() => window.__e2e.probe);
      return { ...probe, ok: Boolean(probe.firstFrame && probe.firstShown) };
    });
    decoded.push(firstFrame.at - clickAt);
    shown.push(firstShown.at - clickAt);
    await leave(guest);
    await sleep(500);
  }
  const how = `click event's time to the first decoded remote frame (MediaStreamTrackProcessor), P2P in a room with one other, ${RUNS} runs, two browsers`;
  const extra = { runs_ms: decoded.map(Math.round), shown_ms: shown.map(Math.round) };
  return [
    row('first_frame_p50', 'click on Join to first remote frame decoded, p50 of 20', percentile(decoded, 50), 'ms', 400, how, extra),
    row('first_frame_p95', 'click on Join to first remote frame decoded, p95 of 20', percentile(decoded, 95), 'ms', 800, how),
  ];
});

// --- P2P to SFU

const SWITCHES = 5;
const AROUND_MS = 6000;

measure('switch', async (context) => {
  const server = await context.server({}, { fresh: true });
  const worst = { audio: 0, video: 0, shown: 0, silence: 0, concealed: 0, videoBefore: 0, audioBefore: 0 };
  const runs = [];
  const [a, b, c] = [await inFront(context, 1, SHARED), await inFront(context, 2, SHARED), await inFront(context, 3, { ...SHARED, measured: false })];
  for (let i = 0; i < SWITCHES; i++) {
    const room = await server.createRoom();
    await enter(server, room, [a, b]);
    await Promise.all([sees(a, [2]), sees(b, [1]), hears(a), hears(b)]);
    await sleep(4000);
    await openRoom(c, server.url, room);
    const from = await Promise.all([a, b].map(now));
    await sleep(AROUND_MS);
    const joinedAt = await Promise.all([a, b].map(now));
    await pressJoin(c);
    await Promise.all([onLeg(a, 'sfu'), onLeg(b, 'sfu'), sees(c, [1, 2])]);
    await sleep(AROUND_MS);
    const to = await Promise.all([a, b].map(now));
    const taken = await Promise.all([a, b].map(take));
    const run = [0, 1].map((k) => {
      const other = [2, 1][k];
      return {
        video: decodedGap(taken[k], other, joinedAt[k], to[k]), shown: videoGap(taken[k], other, joinedAt[k], to[k]), audio: audioGap(taken[k], joinedAt[k], to[k]),
        silence: silenceGap(taken[k], joinedAt[k], to[k]), concealed: concealedGap(taken[k], joinedAt[k], to[k]),
        videoBefore: decodedGap(taken[k], other, from[k], joinedAt[k]), audioBefore: audioGap(taken[k], from[k], joinedAt[k]),
      };
    });
    runs.push(run);
    for (const r of run) for (const k of Object.keys(worst)) worst[k] = Math.max(worst[k], r[k]);
    for (const p of [a, b, c]) await leave(p);
  }
  const median = (what) => percentile(runs.flat().map((r) => r[what]), 50);
  const rounded = runs.map((run) => run.map((r) => Object.fromEntries(Object.entries(r).map(([k, v]) => [k, Math.round(v)]))));
  return [
    row('switch_audio', 'P2P to SFU when the third joins: longest gap in audio at the two who were there', worst.audio, 'ms', 100,
      `the longer of silence in what plays and of concealed samples in what plays (bench/probe.js); worst of ${SWITCHES} switches, median ${Math.round(median('audio'))} ms; in the ${AROUND_MS / 1000} s before them the worst was ${Math.round(worst.audioBefore)} ms`, { runs: rounded }),
    row('switch_video', 'P2P to SFU when the third joins: longest gap in video at the two who were there', worst.video, 'ms', 300,
      `time without a decoded frame of the other on any track (320x180 at 15 fps sent, drawn by a worker, since a camera does not wait for the page); worst of ${SWITCHES} switches, median ${Math.round(median('video'))} ms; before them the worst was ${Math.round(worst.videoBefore)} ms; between two painted frames the worst was ${Math.round(worst.shown)} ms`),
  ];
});

// --- killed processes

async function sfuOfThree(context, env = {}) {
  const server = await context.server(env, { fresh: true });
  const room = await server.createRoom({ mode: 'sfu' });
  const people = [await inFront(context, 1, SMALL), await inFront(context, 2, SMALL), await inFront(context, 3, SMALL)];
  await enter(server, room, people);
  await Promise.all(people.map((p) => sees(p, people.map((o) => o.id).filter((id) => id !== p.id))));
  await sleep(3000);
  return { server, people };
}

const KILLS = 3;

measure('worker-killed', async (context) => {
  const { server, people } = await sfuOfThree(context);
  const back = [];
  for (let i = 0; i < KILLS; i++) {
    const before = await Promise.all(people.map(now));
    server.kill('media');
    await sleep(8000);
    await Promise.all(people.map((p) => sees(p, people.map((o) => o.id).filter((id) => id !== p.id))));
    const after = await Promise.all(people.map(now));
    const taken = await Promise.all(people.map(take));
    people.forEach((p, k) => people.filter((o) => o !== p).forEach((o) => back.push(videoGap(taken[k], o.id, before[k], after[k]))));
  }
  const reloads = await Promise.all(people.map((p) => p.page.evaluate(() => performance.getEntriesByType('navigation')[0].type)));
  if (reloads.some((t) => t === 'reload')) throw new Error('a page was reloaded');
  return [row('worker_killed', 'killed media worker (SIGKILL): video back everywhere, no reload', Math.max(...back) / 1000, 's', 2.5,
    `longest time without a shown frame of anyone at anyone, 3 people, ${KILLS} kills`, { gaps_ms: back.map(Math.round) })];
});

measure('control-killed', async (context) => {
  const { server, people } = await sfuOfThree(context);
  const gaps = [];
  const signalling = [];
  for (let i = 0; i < KILLS; i++) {
    const before = await Promise.all(people.map(now));
    server.kill('control');
    await sleep(8000);
    const after = await Promise.all(people.map(now));
    const taken = await Promise.all(people.map(take));
    const messages = await Promise.all(people.map((p) => p.page.evaluate(() => window.__e2e.messages.filter((m) => m.type === 'joined'))));
    people.forEach((p, k) => {
      const joined = messages[k].find((m) => m.at > before[k]);
      if (!joined?.resumed) throw new Error(`P${p.id} did not resume`);
      signalling.push(joined.at - before[k]);
      people.filter((o) => o !== p).forEach((o) => gaps.push(videoGap(taken[k], o.id, before[k], after[k])));
    });
  }
  const frozen = Math.max(...gaps);
  return [
    { ...row('control_killed_frames', 'killed control: longest time without a frame', frozen, 'ms', 1000, `shown frames, 3 people, ${KILLS} kills; more than 1 s would be a freeze`, { gaps_ms: gaps.map(Math.round) }), goal: 'frames keep decoding' },
    row('control_killed_signalling', 'killed control: signalling back', Math.max(...signalling) / 1000, 's', 3,
      'SIGKILL to the reply joined {resumed: true} at every participant', { each_ms: signalling.map(Math.round) }),
  ];
});

// --- eight people, and memory

measure('eight', async (context) => {
  const server = await context.server({ PARLEY_MEDIA_WORKERS: 0, PARLEY_TURN_MANAGED: 'true' }, { fresh: true });
  await sleep(3000);
  const idle = serverMemory(server);
  const room = await server.createRoom({ mode: 'sfu' });
  const people = [];
  for (let id = 1; id <= 8; id++) people.push(await context.person(id, { width: 320, height: 180, fps: 15 }));
  await enter(server, room, people);
  await Promise.all(people.map((p) => sees(p, people.map((o) => o.id).filter((id) => id !== p.id), { timeout: 90_000 })));
  const smallest = await keepDecoding(people, 7, 60_000);
  const busy = serverMemory(server);
  const growth = (busy.total - idle.total) / people.length;
  const parts = (m) => Object.entries(m.parts).map(([k, v]) => `${k} ${v}`).join(', ');
  return [
    { id: 'eight', what: '8 people in Chromium (320x180): streams that keep decoding for 60 s', value: 56, unit: 'of 56', goal: 'all 56', pass: true,
      how: 'framesDecoded of all 56 received streams grows in every slice of 5 s (longer where the machine answers late)', frames_in_slowest_stream: smallest },
    row('memory_idle', 'memory (PSS) of all server processes, idle', idle.total / 1024, 'MB', 40, `smaps_rollup, kB: ${parts(idle)}`),
    row('memory_growth', 'memory growth per connected participant', growth, 'kB', 300, `(8 people in the SFU after 60 s - idle) / 8; kB: ${parts(busy)}`),
  ];
});
