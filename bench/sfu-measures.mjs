// What is measured of the SFU, each by name; every one gives rows (sfu-rows.mjs). context: {duration, window, runs, most}.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILD, load, pin, startParley } from './sfu-load.mjs';
import { address, janusVersion, startJanus } from './sfu-janus.mjs';
import { cores, limitOf, median, missing, nsPerPacket, packetsPerSecond, row, sceneRows } from './sfu-rows.mjs';

const CORES = availableParallelism();
const ONE_CORE = { PARLEY_MEDIA_WORKERS: 1 };
const STREAM = 'VP8 1.5 Mb/s at 30 fps and Opus 50/s, AES-GCM';
const JOINS = { 'join-rate': 100, 'join-concurrency': 100, settle: 4, 'join-timeout': 30 };

const HOW_LOAD = 'parley serve under parley load on the same machine over loopback, whose receiving softirq is charged to the sender; CPU time of all media processes from /proc, over packets that came to viewers the first time; the median of windows of some seconds';
const PINNED = 'one media worker on a core of its own, the generator on the others';

// A server for one scene, so that memory and caches begin as new.
async function measure(scene, context, { env = {}, pinned = false } = {}) {
  const server = await startParley(env);
  try {
    if (pinned && CORES > 1) pin(server, 0);
    const rest = pinned && CORES > 1 ? { cores: `1-${CORES - 1}` } : {};
    return await load(server, { ...JOINS, ...scene }, { duration: context.duration, window: context.window, ...rest });
  } finally {
    await server.stop();
  }
}

// ---- without sockets -----------------------------------------------------------------------------

function jsonOf(program) {
  const scratch = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  try {
    execFileSync(join(BUILD, 'bench', program), ['--json', join(scratch, 'out')], { stdio: ['ignore', 'ignore', 'inherit'] });
    return readFileSync(join(scratch, 'out'), 'utf8');
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function group(list, keyOf) {
  const groups = new Map();
  for (const entry of list) groups.set(keyOf(entry), [...(groups.get(keyOf(entry)) ?? []), entry]);
  return groups;
}

function engineRows(context) {
  const found = Array.from({ length: context.runs }, () => jsonOf('bench_engine').trim().split('\n').map((line) => JSON.parse(line)));
  const how = 'bench/engine.c: CPU time of the engine alone, from the datagrams that came to those to send, 1,100 B; keys of each receiver\'s own';
  // A burst that was not forwarded as a whole at once is none that bench_engine times; and some scenes it runs twice.
  const scenes = group(found.flat(), (r) => `${r.receivers}_burst_${r.burst}`);
  return [...scenes].map(([id, same]) => {
    const { receivers, burst } = same[0];
    const goal = receivers === 100 && burst === 10 ? { most: 350 } : {};
    return row({ id: `engine_${id}`, what: `engine alone, ${receivers} receivers, bursts of ${burst}, per packet`, unit: 'ns', values: same.filter((s) => s.bursts > 0).map((s) => s.burst_ns), ...goal, how, all_ns: median(same.map((s) => s.all_ns)) });
  });
}

function gcmRows() {
  const how = 'bench/gcm.c: CPU time to seal a packet, keys of 100 receivers in turn, median of 31 rounds in which the routines take turns';
  return JSON.parse(jsonOf('bench_gcm'))
    .filter((r) => /^gcm_128_.*100_keys_(60|200|1200)$/.test(r.id))
    .map((r) => ({ ...r, goal: r.goal ?? '', pass: r.goal ? r.pass : null, how }));
}

// ---- into a sink ---------------------------------------------------------------------------------

// bench_bare's figure for bursts of any length: its cost is one part per packet and one per call, so linear in 1 / length.
function bareNs(lines, burst, audio) {
  const of = (length, bytes) => median(lines.filter((l) => l.burst === length && l.bytes === bytes).map((l) => l.ns));
  const [short, long] = [[1, 2], [2, 5], [5, 10]].find(([, to]) => burst <= to) ?? [5, 10];
  const part = Math.min(1, Math.max(0, (1 / short - 1 / burst) / (1 / short - 1 / long)));
  return (1 - audio) * (of(short, 1100) * (1 - part) + of(long, 1100) * part) + audio * of(1, 120);
}

function sinkRows(context) {
  const how = 'bench/sfu-sink.mjs: 100 receivers, video at 100 frames/s and Opus; what one worker sends goes to an ifb device that frees each packet after transmit, for 4 s in which no feedback comes; CPU time of the whole worker over packets forwarded. The bare loop (bench/bare.c: sendmmsg, GSO and the same AES-GCM, no SFU) goes into the same sink, with bursts of the same mean length and as many single packets of sound';
  const [what, id] = ['whole worker into a sink', 'sink'];
  if (process.getuid() !== 0) return [missing(id, what, 'needs root: a network namespace', how)];
  return [10, 5, 2, 1].flatMap((burst) => {
    const text = execFileSync('unshare', ['-n', process.execPath, fileURLToPath(new URL('sfu-sink.mjs', import.meta.url)), String(burst), String(context.runs)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    const all = JSON.parse(text.trim().split('\n').at(-1));
    const server = all.filter((s) => s.whole);
    const least = server.map((s) => bareNs(s.bare, s.burst, s.audio));
    const name = `${what}, bursts of ${burst}`;
    if (server.length === 0) return [missing(`${id}_${burst}`, name, 'the server left video out, as on a busy machine', how)];
    return [
      row({ id: `${id}_${burst}_ns`, what: `${name}: per packet`, unit: 'ns', values: server.map((s) => s.ns), how, server: all }),
      row({ id: `${id}_${burst}_bare`, what: `${name}: the bare loop`, unit: 'ns', values: least, how }),
      row({ id: `${id}_${burst}_ratio`, what: `${name}: to the bare loop`, unit: '', values: server.map((s, i) => s.ns / least[i]), most: 1.25, how }),
    ];
  });
}

// ---- one to many ---------------------------------------------------------------------------------

async function oneToManyRows(context) {
  const rows = [];
  const runs = new Map();
  for (const receivers of [10, 100, 500, 1000].filter((n) => n <= context.most)) {
    const run = await measure({ publishers: 1, subscribers: receivers }, context, { env: ONE_CORE, pinned: true });
    runs.set(receivers, run);
    rows.push(...sceneRows(`one_to_${receivers}`, `1 → ${receivers}`, [run], `${HOW_LOAD}; ${PINNED}; ${STREAM}`, { heard: true }));
  }
  return [...rows, ...await threeThousand(context, runs.get(1000))];
}

// Of both ends' CPU time at 1,000 is reckoned whether the machine could carry three times as much.
async function threeThousand(context, thousand) {
  const what = '1 → 3,000';
  if (context.most < 3000 || !thousand) return [];
  const generator = thousand.report.generator.cpu;
  const wanted = 3 * (median(cores([thousand])) + generator);
  if (wanted > 0.9 * CORES) return [missing('one_to_3000', what, `would take ${wanted.toFixed(1)} cores, of which the generator's ${(3 * generator).toFixed(1)}; this machine has ${CORES}`, HOW_LOAD)];
  const run = await measure({ publishers: 1, subscribers: 3000, threads: Math.max(1, CORES / 2) }, context);
  return sceneRows('one_to_3000', what, [run], `${HOW_LOAD}; workers as by default; ${STREAM}`, { heard: true });
}

// ---- growth ------------------------------------------------------------------------------------

// A picture that two cores carry to 1,000 receivers: what grows with them shows, and not what an overload does.
const LIGHT = { publishers: 1, 'video-kbps': 400, fps: 8, 'feedback-ms': 100 };

async function growthRows(context) {
  const how = `${HOW_LOAD}; ${PINNED}; VP8 400 kb/s at 8 fps and Opus 50/s, feedback every 100 ms: what both ends carry on two cores; joins at 100 a second as far as they go`;
  const [few, many] = [100, 1000];
  if (context.most < many) return [];
  const at = async (receivers) => measure({ ...LIGHT, subscribers: receivers }, context, { env: ONE_CORE, pinned: true });
  const [small, large] = [await at(few), await at(many)];
  const limits = limitOf([large]);
  const [fewNs, extra] = [median(nsPerPacket([small])), many - few];
  const joins = (run) => run.report.joins.connect_ms.p50;
  return [
    row({ id: 'growth_lost', what: `1 → ${many}: lost`, unit: '%', values: [100 * large.report.loss.lost_ratio], how, ...limits }),
    row({ id: 'growth_cpu', what: `cost per packet at ${many} receivers, to that at ${few}`, unit: '', values: nsPerPacket([large]).map((n) => n / fewNs), most: 1.15, how, ...limits }),
    row({ id: 'growth_memory', what: `memory (RSS) per receiver, media processes, ${few} → ${many}`, unit: 'kB', values: [(large.rss.media - small.rss.media) / extra], most: 60, how: 'VmRSS of a fresh server at each size, at the end of the measurement' }),
    row({ id: 'growth_memory_control', what: 'the same, control', unit: 'kB', values: [(large.rss.control - small.rss.control) / extra], how: 'as before' }),
    row({ id: 'growth_join_few', what: `a join among ${few}, p50`, unit: 'ms', values: [joins(small)], how }),
    row({ id: 'growth_join_many', what: `a join among ${many}, p50`, unit: 'ms', values: [joins(large)], how }),
    row({ id: 'growth_joined', what: `${many} joins begun at 100 a second: all in after`, unit: 's', values: [large.report.joins.took_s], how }),
  ];
}

// ---- meetings ------------------------------------------------------------------------------------

// grow: what is doubled up to the scene's own number, while the machine carries it; heard: everybody is.
const MEETINGS = {
  'meeting-8': { id: 'meeting_8', what: '8 × 8', scene: { publishers: 8, subscribers: 0 }, env: { PARLEY_MEDIA_LOUDEST: 8 }, heard: true, note: `${STREAM}; all microphones forwarded` },
  'meeting-50': { id: 'meeting_50', what: '50 × 50', scene: { publishers: 50, subscribers: 0, 'video-kbps': 300 }, note: 'VP8 300 kb/s at 30 fps, 24 seats each, the 5 loudest microphones' },
  'audio-room': { id: 'audio_room', what: 'audio room, 10 × 1,000', scene: { publishers: 10, subscribers: 1000, 'audio-only': true }, grow: 'subscribers', note: 'Opus 50/s; the 5 loudest of 10 microphones are forwarded, as by default' },
  'small-rooms': { id: 'rooms_200', what: '200 rooms of 3', scene: { rooms: 200, publishers: 2, subscribers: 1, 'video-kbps': 300 }, heard: true, grow: 'rooms', note: 'two send VP8 300 kb/s at 30 fps and Opus, all receive' },
};

const LOST_RATIO = 0.001;
const borne = ({ report }) => report.fine && report.loss.lost_ratio <= LOST_RATIO;

const meeting = ({ id, what, scene, env = {}, heard = false, grow, note }) => async (context) => {
  const how = `${HOW_LOAD}; one media worker; ${note}`;
  const rows = [];
  let found;
  for (const part of grow ? [8, 4, 2, 1] : [1]) {
    const tried = grow ? { ...scene, [grow]: Math.round(scene[grow] / part) } : scene;
    const run = await measure(tried, context, { env: { ...ONE_CORE, ...env } });
    const { loss, generator_limited: limited } = run.report;
    const came = `${grow ? `${tried[grow]} ${grow}: ` : ''}${(100 * loss.lost_ratio).toFixed(2)} % lost${limited ? ', the generator at its limit, too' : ''}`;
    process.stderr.write(`  ${came}\n`);
    if (found && !borne(run)) {
      rows.push(missing(`${id}_end`, `${what}: where it ends`, `beyond this machine, both ends on it: ${came}`, how));
      break;
    }
    found = { run, name: part === 1 ? what : `${what}, of which ${tried[grow]} ${grow}` };
  }
  return [...sceneRows(id, found.name, [found.run], how, { heard }), ...rows];
};

// ---- one core's end -------------------------------------------------------------------------------

const DELAY_MS = 20;
const carried = ({ report }) => report.loss.lost === 0 && report.received.delivered_ratio >= 0.999 && report.delay_to_socket_ms.p99 < DELAY_MS && report.fine;

// Up until it no longer carries, then between.
async function highest(context, per) {
  const tried = [];
  const once = async (receivers) => {
    const run = await measure({ publishers: 1, subscribers: receivers }, context, { env: ONE_CORE, pinned: true });
    tried.push({ receivers, run, fine: carried(run) });
    process.stderr.write(`  1 → ${receivers}: ${Math.round(median(packetsPerSecond([run])))} packets/s, ${median(cores([run])).toFixed(2)} of a core, lost ${run.report.loss.lost}, p99 ${run.report.delay_to_socket_ms.p99} ms, others ${run.others.toFixed(2)} cores${run.report.generator_limited ? ', generator limited' : ''}\n`);
    return tried.at(-1).fine;
  };
  const attempt = async (receivers) => await once(receivers) || once(receivers);      // whatever disturbs is seldom there twice
  let [good, bad] = [0, Math.min(context.most, per) + 1];
  for (let n = Math.round(bad / 8); n < bad; n = Math.min(Math.round(n * 1.4), n >= bad - 1 ? bad : bad - 1)) {
    if (await attempt(n)) good = n;
    else bad = n;
  }
  for (let i = 0; i < 2 && bad - good > good / 12; i++) {
    const middle = Math.round((good + bad) / 2);
    if (await attempt(middle)) good = middle;
    else bad = middle;
  }
  return tried;
}

async function capacityRows(context) {
  const how = `${HOW_LOAD}; ${PINNED}; ${STREAM}; receivers are added until packets are lost, something is left out, or p99 of the delay to the viewer's socket is ${DELAY_MS} ms`;
  const tried = await highest(context, 2000);
  const best = tried.filter((t) => t.fine).sort((a, b) => a.receivers - b.receivers).at(-1);
  const failed = tried.filter((t) => !t.fine && t.receivers > best?.receivers).sort((a, b) => a.receivers - b.receivers)[0];
  if (!best) return [missing('capacity', 'packets/s out of one core', 'nothing was carried without loss', how)];
  const limit = limitOf(failed ? [failed.run] : [best.run]);
  const steps = tried.map(({ receivers, run, fine }) => ({ receivers, fine, packets: median(packetsPerSecond([run])), cores: median(cores([run])), p50: run.report.delay_to_socket_ms.p50, p99: run.report.delay_to_socket_ms.p99, lost: run.report.loss.lost, delivered: run.report.received.delivered_ratio, limits: run.report.generator_limits }));
  const rows = [
    row({ id: 'capacity', what: `packets/s out of one core without loss, p99 delay < ${DELAY_MS} ms (1 → ${best.receivers})`, unit: '/s', values: packetsPerSecond([best.run]), least: 250_000, how, ...limit, steps }),
    row({ id: 'capacity_cores', what: 'the same: of the core, used', unit: '', values: cores([best.run]), how, ...limit }),
  ];
  const busy = steps.filter((s) => s.cores < 0.9);
  rows.push(row({ id: 'loss_below_90', what: 'packets lost below 90 % of a core, worst of all steps', unit: '', values: [Math.max(0, ...busy.map((s) => s.lost))], most: 0, how }));
  return [...rows, ...await delayRows(context, best)];
}

async function delayRows(context, best) {
  const receivers = Math.max(1, Math.round((best.receivers * 0.7) / median(cores([best.run]))));
  const run = await measure({ publishers: 1, subscribers: Math.min(receivers, context.most) }, context, { env: ONE_CORE, pinned: true });
  const used = median(cores([run]));
  const how = `${HOW_LOAD}; ${PINNED}; ${STREAM}; from the publisher's encryption to the kernel having the packet for the viewer`;
  const one = (p, most) => row({ id: `delay_70_p${p}`, what: `one-way delay at ${Math.round(100 * used)} % of a core (1 → ${Math.min(receivers, context.most)}), p${p}`, unit: 'ms', values: [run.report.delay_to_socket_ms[`p${p}`]], most, how, ...limitOf([run]) });
  return [one(50, 1), one(99, 5)];
}

// The same of meetings, whose frames come at many times instead of one.
async function meetingDelayRows(context) {
  const how = `${HOW_LOAD}; ${PINNED}; meetings of 8 at 300 kb/s and 30 fps, all microphones forwarded; as many as fill 70 % of the core; from the publisher's encryption to the kernel having the packet for the viewer`;
  const scene = { publishers: 8, subscribers: 0, 'video-kbps': 300 };
  const env = { ...ONE_CORE, PARLEY_MEDIA_LOUDEST: 8 };
  let [rooms, run] = [6, null];
  // More rooms cost less each: two looks at how many it takes.
  for (let i = 0; i < 3; i++) {
    if (run) rooms = Math.max(1, Math.round((0.7 * rooms) / median(cores([run]))));
    run = await measure({ ...scene, rooms }, context, { env, pinned: true });
  }
  const name = `one-way delay, ${rooms} meetings of 8, ${Math.round(100 * median(cores([run])))} % of a core`;
  const one = (p, most) => row({ id: `delay_meetings_p${p}`, what: `${name}, p${p}`, unit: 'ms', values: [run.report.delay_to_socket_ms[`p${p}`]], most, how, ...limitOf([run]) });
  return [one(50, 1), one(99, 5), row({ id: 'delay_meetings_lost', what: 'the same: lost', unit: '%', values: [100 * run.report.loss.lost_ratio], how, ...limitOf([run]) })];
}

// ---- beside Janus --------------------------------------------------------------------------------

// A meeting takes two connections a person with Janus: one sends, one receives the seven others.
const BESIDE = [
  ...[10, 50, 100].map((n) => ({ id: `one_to_${n}`, what: `1 → ${n}`, scene: { publishers: 1, subscribers: n }, most: n === 100 ? 0.15 : undefined })),
  { id: 'meeting_8', what: '8 × 8', scene: { publishers: 8, subscribers: 0 }, janus: { publishers: 8, 'publishers-watch': 'no', subscribers: 8, seats: 7 }, most: 0.15 },
];
const SIDES = [
  { name: 'Parley', id: 'parley', start: () => startParley({ ...ONE_CORE, PARLEY_MEDIA_LOUDEST: 8 }) },
  { name: 'Janus', id: 'janus', start: () => startJanus({ eventLoops: 2 }) },
];

async function besideOnce(beside, side, context) {
  const server = await side.start();
  try {
    const scene = side.id === 'janus' && beside.janus ? beside.janus : beside.scene;
    return await load(server, { ...JOINS, 'join-rate': 25, ...scene }, { ...context, duration: 3 * context.window + 2 });
  } finally {
    await server.stop();
  }
}

async function besideRows(beside, context) {
  const how = `the two take turns, ${context.runs} times each, with the same streams (${STREAM}) and the same clients on the same machine; Janus ${janusVersion()} as Debian packages it, videoroom plugin, event_loops = 2, ICE lite; Parley with one media worker; CPU time of all threads of the media processes over packets that came to viewers. Janus's viewers negotiate no transport-wide feedback, which it would not use`;
  const runs = { parley: [], janus: [] };
  for (let i = 0; i < context.runs; i++) for (const side of SIDES) runs[side.id].push(await besideOnce(beside, side, context));
  const one = (side, suffix, text, unit, values) => row({ id: `beside_${beside.id}_${side.id}_${suffix}`, what: `${beside.what}, ${side.name}: ${text}`, unit, values, how, ...limitOf(runs[side.id]) });
  const each = SIDES.flatMap((side) => [
    one(side, 'ns', 'media CPU per forwarded packet', 'ns', nsPerPacket(runs[side.id])),
    one(side, 'packets', 'packets out', '/s', packetsPerSecond(runs[side.id])),
    one(side, 'lost', 'lost', '%', runs[side.id].map((r) => 100 * r.report.loss.lost_ratio)),
    one(side, 'delay_p99', 'one-way delay to the viewer\'s socket, p99', 'ms', runs[side.id].map((r) => r.report.delay_to_socket_ms.p99)),
    one(side, 'rss', 'memory (RSS) of the media processes', 'MB', runs[side.id].map((r) => r.rss.media / 1024)),
  ]);
  const ratios = runs.parley.map((r, i) => median(nsPerPacket([r])) / median(nsPerPacket([runs.janus[i]])));
  return [...each, row({ id: `beside_${beside.id}_ratio`, what: `${beside.what}: CPU per forwarded packet, Parley to Janus`, unit: '', values: ratios, most: beside.most, how })];
}

const janus = (beside) => async (context) => {
  const version = janusVersion();
  if (version && address()) return besideRows(beside, context);
  return [missing(`beside_${beside.id}`, `${beside.what}, beside Janus`, version ? 'this machine has no address but loopback, which Janus leaves out' : 'the package janus is not installed', '')];
};

// ---- joins ---------------------------------------------------------------------------------------

async function stormRows(context) {
  const how = '20 rooms of one microphone and 24 listeners, 100 joins begun a second; from the first request to ICE and DTLS complete; workers as by default, the generator on the same cores';
  const runs = [];
  for (let i = 0; i < context.runs; i++) runs.push(await measure({ rooms: 20, publishers: 1, subscribers: 24, 'join-rate': 100, 'join-concurrency': 500, 'audio-only': true, settle: 1 }, { ...context, duration: context.window + 3 }));
  const one = (p, goal = {}) => row({ id: `storm_p${p}`, what: `500 joins in 5 s: join, p${p}`, unit: 'ms', values: runs.map((r) => r.report.joins.connect_ms[`p${p}`]), how, ...goal });
  return [one(50), one(99, { most: 1000 }),
    row({ id: 'storm_took', what: '500 joins in 5 s: all in after', unit: 's', values: runs.map((r) => r.report.joins.took_s), how }),
    row({ id: 'storm_absent', what: '500 joins in 5 s: did not get in', unit: '', values: runs.map((r) => r.report.joins.wanted - r.report.joins.joined), most: 0, how })];
}

export const measures = [
  { name: 'engine', what: 'the engine by itself', run: engineRows },
  { name: 'gcm', what: 'sealing by itself', run: gcmRows },
  { name: 'sink', what: 'the whole worker into a sink', run: sinkRows },
  { name: 'one-to-many', what: '1 → 10, 100, 500, 1,000, 3,000', run: oneToManyRows },
  { name: 'growth', what: 'from 100 receivers to 1,000', run: growthRows },
  ...Object.entries(MEETINGS).map(([name, m]) => ({ name, what: m.what, run: meeting(m) })),
  { name: 'capacity', what: 'the most one core carries, and the delay at 70 % of it', run: capacityRows },
  { name: 'delay-meetings', what: 'the delay at 70 % of a core, in meetings', run: meetingDelayRows },
  ...BESIDE.map((b) => ({ name: `janus-${b.id.replaceAll('_', '-')}`, what: `${b.what}, beside Janus`, run: janus(b) })),
  { name: 'storm', what: '500 joins in 5 s', run: stormRows },
];
