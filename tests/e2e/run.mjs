// Usage: node run.mjs [--only PATTERN] [--skip PATTERN] [--list] [--repeat N] [--json FILE]
// Runs the browser tests one after another, a line each, and ends with 1 when one failed.
import { parseArgs } from 'node:util';
import { readdirSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { Context, RESULTS, stopServers, tests } from './suite.mjs';
import { closeAll, onlyLoopback } from './browsers.mjs';
import { BINARY } from './server.mjs';

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, skip: { type: 'string' }, list: { type: 'boolean' }, json: { type: 'string' }, repeat: { type: 'string', default: '1' } },
});

const available = (command) => {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore', env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
    return true;
  } catch {
    return false;
  }
};
const runs = (command, args) => {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const NEEDS = {
  root: () => process.getuid() === 0,
  // Firefox finds no candidates where there is only loopback.
  firefox: () => existsSync(process.env.E2E_FIREFOX ?? '/usr/bin/firefox-esr') && !onlyLoopback(),
  turnserver: () => available('turnserver'),
  gstreamer: () => runs('/usr/bin/python3', ['-c', 'import gi; gi.require_version("GstWebRTC", "1.0"); from gi.repository import GstWebRTC']),
  ffmpeg: () => available('ffmpeg'),
  netlab: () => process.getuid() === 0 && available('nft') && available('ip') && existsSync('/dev/net/tun'),
};
const missing = (t) => t.needs.filter((n) => !NEEDS[n]());

function deadline(ms) {
  let timer;
  const promise = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not finished within ${ms / 1000} s`)), ms);
  });
  return { promise, clear: () => clearTimeout(timer) };
}

async function runOne(t) {
  const context = new Context(t.name);
  current = context;
  const start = Date.now();
  const limit = deadline(t.timeout);
  let failure = null;
  try {
    const running = t.run(context);
    running.catch(() => { });     // after the deadline nobody waits for it any more
    await Promise.race([running, limit.promise]);
    const deaths = context.servers.flatMap((s) => s.unexpectedDeaths());
    if (deaths.length > 0) throw new Error(`a server process died:\n${deaths.join('\n')}`);
  } catch (e) {
    failure = { name: t.name, message: String(e.message ?? e).slice(0, 4000), results: await context.report(e) };
  }
  context.servers.forEach((s) => s.unexpectedDeaths());     // the next test does not answer for them
  limit.clear();
  await Promise.race([context.end(), new Promise((r) => setTimeout(r, 15_000))]);
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  console.log(`${failure ? 'FAIL' : 'ok  '} ${t.name} (${seconds} s)${context.notes.map((n) => `\n       ${n}`).join('')}`);
  if (failure) console.log(failure.message.split('\n').map((l) => `       ${l}`).join('\n') + `\n       see ${failure.results}`);
  return failure;
}

for (const file of readdirSync(new URL('tests/', import.meta.url)).filter((f) => f.endsWith('.mjs')).sort()) {
  await import(new URL(`tests/${file}`, import.meta.url));
}
const chosen = tests.filter((t) => (!options.only || new RegExp(options.only, 'i').test(t.name))
  && (!options.skip || !new RegExp(options.skip, 'i').test(t.name)));
if (options.list) {
  chosen.forEach((t) => console.log(t.name));
  process.exit(0);
}
if (!existsSync(BINARY)) {
  console.error(`${BINARY} is not there: run "make build" first, or set PARLEY_BINARY`);
  process.exit(2);
}
if (chosen.length === 0) {
  console.error('no test matches');
  process.exit(2);
}

// Interrupted: what was started is stopped all the same.
let current = null;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await Promise.allSettled([current?.end(), stopServers(), closeAll()]);
    process.exit(1);
  });
}

rmSync(RESULTS, { recursive: true, force: true });
const summary = { passed: 0, failed: 0, skipped: [], failures: [] };
const started = Date.now();
for (let round = 0; round < Number(options.repeat); round++) {
  for (const t of chosen) {
    const lacking = missing(t);
    if (lacking.length > 0) {
      console.log(`skip ${t.name}: needs ${lacking.join(', ')}`);
      summary.skipped.push({ name: t.name, needs: lacking });
      continue;
    }
    const failure = await runOne(t);
    if (failure) {
      summary.failed++;
      summary.failures.push(failure);
    } else {
      summary.passed++;
    }
  }
}
await closeAll();
await stopServers();
if (options.json) writeFileSync(options.json, `${JSON.stringify(summary, null, 1)}\n`);
console.log(`${summary.passed} passed, ${summary.failed} failed${summary.skipped.length ? `, ${summary.skipped.length} skipped` : ''} (${Math.round((Date.now() - started) / 1000)} s)`);
process.exit(summary.failed > 0 || summary.passed === 0 ? 1 : 0);
