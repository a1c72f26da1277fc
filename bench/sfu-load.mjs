// One run of a load generator (parley load, or bench_janus, which speaks Janus's protocol and is the same otherwise) against a
// server, with the server's CPU time and memory beside each second of the measurement.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { LIFTED } from './lifted.mjs';
import { busyNs, cpuNs, rssKb, sums, windowsOf } from './sfu-processes.mjs';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const BUILD = process.env.PARLEY_BENCH_BUILD ?? join(ROOT, 'build');
export const PARLEY = join(BUILD, 'parley');
process.env.PARLEY_BINARY = PARLEY;     // which server.mjs starts
const { startServer } = await import('../tests/e2e/server.mjs');

// {url, pids: {media, control}, stop()}
export async function startParley(env = {}) {
  const page = mkdtempSync(join(tmpdir(), 'parley-bench-web-'));     // nobody looks: none need be built
  writeFileSync(join(page, 'index.html'), '');
  chmodSync(page, 0o755);
  const clean = () => rmSync(page, { recursive: true, force: true });
  const server = await startServer({ ...LIFTED, PARLEY_HTTP_WEB_ROOT: page, ...env }).catch((e) => { clean(); throw e; });
  return {
    name: 'Parley', generator: [PARLEY, 'load'], url: `http://127.0.0.1:${server.port}`,
    pids: { media: server.pids('media'), control: [...server.pids('control'), server.pid] },
    mediaPort: server.mediaPort, metrics: () => server.metrics(), stop: () => server.stop().finally(clean),
  };
}

// One core for the media, the others for whatever else runs: what one core carries is then what it says.
export function pin(server, core) {
  for (const pid of server.pids.media) execFileSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' });
}

async function collect(child, server, onMeasuring) {
  const samples = [];
  let index = -1;
  let last = '';
  let started;
  for await (const line of createInterface({ input: child.stderr })) {
    last = line;
    if (!/^\s*[\d.]+ s  /.test(line)) continue;
    index += 1;
    if (!/ s  measuring /.test(line)) continue;
    if (samples.length === 0) started = onMeasuring?.();
    samples.push({ index, cpu: sums(server.pids, cpuNs), rss: sums(server.pids, rssKb), busy: busyNs() });
  }
  await started;
  return { samples, last };
}

// Cores that neither the server nor the generator used over the measurement but others did: what else ran, and stolen time.
function othersOf(samples, seconds, generatorCores) {
  const [from, to] = [samples[0], samples.at(-1)];
  const took = (seconds.at(-1).at_s - seconds[0].at_s) * 1e9;
  const server = Object.keys(from.cpu).reduce((n, role) => n + to.cpu[role] - from.cpu[role], 0);
  return Math.max(0, (to.busy - from.busy - server) / took - generatorCores);
}

// scene: arguments of parley load by name. Gives the report, the windows (windowsOf), how busy others kept the
// machine (cores), and the memory at the end.
export async function load(server, scene, { duration = 12, window = 3, cores, onMeasuring } = {}) {
  const scratch = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  const path = join(scratch, 'report.json');
  const asked = { url: server.url, duration, json: path, ...scene };
  const args = Object.entries(asked).flatMap(([k, v]) => (v === true ? [`--${k}`] : [`--${k}`, String(v)]));
  const command = [...(cores ? ['taskset', '-c', cores] : []), ...server.generator, ...args];
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve, reject) => { child.once('close', resolve); child.once('error', reject); });
  ended.catch(() => { });      // told below, when the server can be stopped
  try {
    const { samples, last } = await collect(child, server, onMeasuring);
    const status = await ended;
    if (status > 1 || samples.length <= window) throw new Error(`${command.join(' ')}: exit ${status}, ${samples.length} samples: ${last}`);
    const report = JSON.parse(readFileSync(path, 'utf8'));
    const seconds = samples.map((s) => report.series[s.index]);
    return { report, windows: windowsOf(samples, seconds, window), others: othersOf(samples, seconds, report.generator.cpu), rss: samples.at(-1).rss, command: command.slice(cores ? 3 : 0).join(' ').replaceAll(ROOT, '') };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
