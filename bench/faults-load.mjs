// A server with a crowd in calls, for faults to happen to.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../tests/e2e/media.mjs';
import { BINARY, startServer } from '../tests/e2e/server.mjs';
import { LIFTED } from './lifted.mjs';

const SCENE = { rooms: 20, publishers: 2, subscribers: 3, 'video-kbps': 200, fps: 15, duration: 86_400 };
export const PEOPLE = SCENE.rooms * (SCENE.publishers + SCENE.subscribers);
export const CROWD = '20 rooms of five (parley load), two with camera (200 kbit/s) and microphone, two workers';
const LAST_S = 3;       // after the last fault, for what comes back

export const startTwoWorkers = () => startServer({ ...LIFTED, PARLEY_MEDIA_WORKERS: 2 });

export const pidOf = (server, name) => server.processes().find((p) => p.comm === name)?.pid;

// Resolves when the measurement has begun, and rejects when it never does.
async function measuring(child) {
  let last = '';
  for await (const line of createInterface({ input: child.stderr })) {
    if (/ s  measuring /.test(line)) {
      child.stderr.resume();
      return;
    }
    last = line;
  }
  throw new Error(`parley load ended before it measured: ${last}`);
}

// Lets the crowd in, has inject() done `times` times, `every_s` apart, and gives the load tool's report.
export async function withCrowd(server, { times, every_s }, inject) {
  const scratch = mkdtempSync(join(tmpdir(), 'parley-faults-'));
  const path = join(scratch, 'report.json');
  const args = Object.entries({ url: `http://127.0.0.1:${server.port}`, json: path, ...SCENE }).flatMap(([k, v]) => [`--${k}`, String(v)]);
  const child = spawn(BINARY, ['load', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => { child.once('close', resolve); });
  try {
    await measuring(child);
    for (let i = 0; i < times; i++) {
      const due = Date.now() + every_s * 1000;
      await inject(i);
      await sleep(Math.max(0, due - Date.now()));
    }
    await sleep(LAST_S * 1000);
    child.kill('SIGINT');
    await ended;
    return JSON.parse(readFileSync(path, 'utf8'));
  } finally {
    child.kill('SIGKILL');
    rmSync(scratch, { recursive: true, force: true });
  }
}

// A new process of that name, and the server well.
export const replaced = (server, name, former) => until(`a new ${name}`, async () => {
  const pid = pidOf(server, name);
  return pid !== undefined && pid !== former && await server.health() === 200;
}, { every: 50 });
