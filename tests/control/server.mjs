// A `parley serve` of its own for these tests: free ports, a fresh data directory, stopped by its pid.
import { spawn } from 'node:child_process';
import { mkdtempSync, mkdirSync, writeFileSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync, brotliCompressSync } from 'node:zlib';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BINARY = process.env.PARLEY_BINARY ?? join(ROOT, 'build/parley');
const START_MS = 30_000;

const isFree = (port) => new Promise((resolve) => {
  const probe = createServer();
  probe.once('error', () => resolve(false));
  probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
});

async function freePorts(count) {
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 1000) * 10;
    const ports = Array.from({ length: count }, (_, i) => base + i);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return ports;
  }
}

export const PAGE = '<!doctype html><title>Parley</title>\n';
export const SCRIPT = `${'console.log("a script long enough to be worth compressing");\n'.repeat(20)}`;

function makeWebRoot(dir) {
  mkdirSync(join(dir, 'assets'), { recursive: true });
  writeFileSync(join(dir, 'index.html'), PAGE);
  writeFileSync(join(dir, 'assets/app-1a2b3c.js'), SCRIPT);
  writeFileSync(join(dir, 'assets/app-1a2b3c.js.gz'), gzipSync(SCRIPT));
  writeFileSync(join(dir, 'assets/app-1a2b3c.js.br'), brotliCompressSync(SCRIPT));
}

const DEFAULTS = {
  PARLEY_HTTP_ADDRESSES: '127.0.0.1',
  PARLEY_MEDIA_WORKERS: '1',
  PARLEY_TURN_MANAGED: 'false',
  PARLEY_TURN_URLS: 'turn:127.0.0.1:3478?transport=udp,turn:127.0.0.1:3478?transport=tcp',
  PARLEY_TURN_SECRET: 'for-tests',
  PARLEY_LIMITS_ROOMS_PER_MINUTE: '1000',
  PARLEY_LIMITS_JOINS_PER_MINUTE: '1000',
  PARLEY_LIMITS_SOCKETS_PER_ADDRESS: '500',
};

export class Server {
  // env: PARLEY_… settings over the defaults. dir: the directory of a former one, to start it again.
  constructor(env = {}, dir = null) {
    this.env = env;
    this.dir = dir ?? mkdtempSync(join(tmpdir(), 'parley-control-'));
    this.log = '';
  }

  async start() {
    const [http, https, media] = await freePorts(4);
    this.port = http;
    this.tlsPort = https;
    this.origin = `http://127.0.0.1:${http}`;
    makeWebRoot(join(this.dir, 'web'));
    this.process = spawn(BINARY, ['serve'], {
      env: {
        PATH: process.env.PATH, ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '', ...DEFAULTS,
        PARLEY_DATA_DIR: join(this.dir, 'data'), PARLEY_HTTP_WEB_ROOT: join(this.dir, 'web'),
        PARLEY_HTTP_PORT: String(http), PARLEY_HTTP_TLS_PORT: String(https),
        PARLEY_MEDIA_UDP_PORT: String(media), PARLEY_MEDIA_TCP_PORT: String(media), ...this.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.process.stdout, this.process.stderr])
      stream.on('data', (text) => { this.log += text; });
    this.exited = new Promise((resolve) => this.process.once('exit', (code) => resolve(code)));
    await this.ready();
    return this;
  }

  async ready() {
    const deadline = Date.now() + START_MS;
    while (Date.now() < deadline && this.process.exitCode === null) {
      const health = await fetch(`${this.origin}/healthz`).catch(() => null);
      if (health?.status === 200) return;
      await sleep(50);
    }
    throw new Error(`the server did not start:\n${this.log}`);
  }

  async stop() {
    if (this.process.exitCode === null) this.process.kill('SIGTERM');
    const code = await this.exited;
    if (/Sanitizer|runtime error:|Assertion .* failed/.test(this.log)) throw new Error(`the server broke:\n${this.log}`);
    return code;
  }

  remove() {
    rmSync(this.dir, { recursive: true, force: true });
  }

  // The pid of a child process by the name that the supervisor gave it ("control", "media0").
  child(name) {
    for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        if (ppid === this.process.pid && command.includes(name)) return Number(pid);
      } catch { /* gone meanwhile */ }
    }
    return null;
  }

  post(path, body, headers = {}) {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    return fetch(this.origin + path, { method: 'POST', body: text, headers: { 'content-type': 'application/json', ...headers } });
  }

  // The whole answer, with the host key.
  async newRoom(settings) {
    const response = await this.post('/create-room', settings);
    if (response.status !== 201) throw new Error(`create-room: ${response.status} ${await response.text()}`);
    return response.json();
  }

  async createRoom(settings) {
    return (await this.newRoom(settings)).room_id;
  }

  // shown: what the door asks for: host_key, password, role.
  async joinRoom(room, shown) {
    const response = await this.post(`/join-room/${room}`, shown);
    if (response.status !== 200) throw new Error(`join-room: ${response.status} ${await response.text()}`);
    return response.json();
  }

  // The sum of a metric over its labels; labels: 'code="binary"'.
  async metric(name, labels = '') {
    const text = await (await fetch(`${this.origin}/metrics`)).text();
    return text.split('\n').filter((line) => line.startsWith(`${name} `) || (line.startsWith(`${name}{`) && line.includes(labels)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  refused(code) {
    return this.metric('parley_control_refused_total', `code="${code}"`);
  }
}

// A server for a whole test file: start(t-like hooks) and stop with it.
export function serve({ before, after }, env = {}) {
  const server = new Server(env);
  before(() => server.start());
  after(async () => {
    await server.stop();
    server.remove();
  });
  return server;
}
