// Starts `parley serve` for a test: free ports, its own data directory, configuration by environment only.
// Everything is stopped by process id.
import { spawn, execFile } from 'node:child_process';
import { createServer, connect } from 'node:net';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, readdirSync, rmSync, chmodSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BINARY = process.env.PARLEY_BINARY ?? join(ROOT, 'build/parley');
const WEB_ROOT = process.env.PARLEY_E2E_WEB_ROOT ?? join(ROOT, 'web/dist');
const READY_MS = 30_000;

const tcpFree = (port) => new Promise((resolve) => {
  const s = createServer();
  s.once('error', () => resolve(false));
  s.listen(port, '0.0.0.0', () => s.close(() => resolve(true)));
});
const udpFree = (port) => new Promise((resolve) => {
  const s = createSocket('udp4');
  s.once('error', () => { s.close(); resolve(false); });
  s.bind(port, '0.0.0.0', () => s.close(() => resolve(true)));
});

// A block of ports free for TCP and UDP, below the ephemeral range so that no outgoing socket takes one.
export async function freePorts(count) {
  for (let tries = 0; tries < 50; tries++) {
    const base = 12_000 + Math.floor(Math.random() * 1800) * 10;
    const ports = Array.from({ length: count }, (_, i) => base + i);
    const free = await Promise.all(ports.flatMap((p) => [tcpFree(p), udpFree(p)]));
    if (free.every(Boolean)) return ports;
  }
  throw new Error('no free block of ports');
}

function procFile(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

// All descendants of a process: [{pid, ppid, comm, command}].
export function descendants(root) {
  const all = readdirSync('/proc').filter((d) => /^\d+$/.test(d)).map(Number).map((pid) => {
    const stat = procFile(pid, 'stat');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, state: fields[0], ppid: Number(fields[1]), comm: procFile(pid, 'comm').trim(), command: procFile(pid, 'cmdline').replaceAll('\0', ' ').trim() };
  }).filter((p) => p.state && p.state !== 'Z');
  const found = [];
  const visit = (pid) => all.filter((p) => p.ppid === pid).forEach((p) => { found.push(p); visit(p.pid); });
  visit(root);
  return found;
}

const alive = (pid) => procFile(pid, 'stat') !== '' && !/\) Z /.test(procFile(pid, 'stat'));

export class Server {
  constructor(env, { netns } = {}) {
    this.extra = env;
    this.netns = netns;
    this.log = '';
    this.proxies = [];
    this.deaths = 0;        // that a test caused, or that were blamed on one already
  }

  async start() {
    const [http, turn, turnTls, , , , , , ,] = this.netns ? [80, 3478, 443] : await freePorts(10);
    const media = this.netns ? 40_000 : http + 4;
    const tcp = this.netns ? 40_000 : http + 4;
    const relay = this.netns ? 49_000 : 30_000 + (http % 1000) * 2;
    this.port = http;
    this.mediaPort = media;
    this.dataDir = mkdtempSync(join(tmpdir(), 'parley-e2e-'));
    chmodSync(this.dataDir, 0o755);
    const host = this.netns ? '203.0.113.10' : '127.0.0.1';
    this.env = {
      PARLEY_DATA_DIR: join(this.dataDir, 'data'),
      PARLEY_HTTP_PORT: http, PARLEY_HTTP_TLS_PORT: 0, PARLEY_HTTP_WEB_ROOT: WEB_ROOT,
      PARLEY_HTTP_ADDRESSES: host,
      PARLEY_MEDIA_WORKERS: 1, PARLEY_MEDIA_UDP_PORT: media, PARLEY_MEDIA_TCP_PORT: tcp,
      PARLEY_TURN_MANAGED: 'false', PARLEY_TURN_PORT: turn, PARLEY_TURN_TLS_PORT: turnTls,
      PARLEY_TURN_MIN_PORT: relay, PARLEY_TURN_MAX_PORT: relay + 200,
      PARLEY_LIMITS_ROOMS_PER_MINUTE: 1000, PARLEY_LIMITS_JOINS_PER_MINUTE: 1000,
      ...this.extra,
    };
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([k]) => !k.startsWith('PARLEY_')));
    const command = [BINARY, 'serve'];
    const argv = this.netns ? ['ip', 'netns', 'exec', this.netns, ...command] : command;
    this.child = spawn(argv[0], argv.slice(1), {
      env: { ...inherited, ...Object.fromEntries(Object.entries(this.env).map(([k, v]) => [k, String(v)])) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.pid = this.child.pid;
    const keep = (d) => { this.log = (this.log + d).slice(-2_000_000); };
    this.child.stdout.on('data', keep);
    this.child.stderr.on('data', keep);
    this.exited = new Promise((r) => this.child.once('exit', (code, signal) => r({ code, signal })));
    this.url = this.netns ? `http://${host}` : `http://localhost:${http}`;
    await this.ready();
    return this;
  }

  async ready() {
    const end = Date.now() + READY_MS;
    let last = '';
    let gone = null;
    void this.exited.then((e) => { gone = e; });
    while (Date.now() < end) {
      if (gone) throw new Error(`parley serve ended at start: ${JSON.stringify(gone)}\n${this.log.slice(-3000)}`);
      last = await this.health();
      if (last === 200) return;
      await sleep(100);
    }
    await this.stop();
    throw new Error(`parley serve not ready (healthz ${last})\n${this.log.slice(-3000)}`);
  }

  async health() {
    if (!this.netns) return fetch(`http://127.0.0.1:${this.port}/healthz`).then((r) => r.status, (e) => e.message);
    return this.fetchText('/healthz').then(() => 200, (e) => e.message);
  }

  // A request from where the server is, also from inside its namespace.
  async request(path, { method = 'GET', headers = {}, body } = {}) {
    if (!this.netns) {
      const r = await fetch(`http://127.0.0.1:${this.port}${path}`, { method, headers, body });
      return { status: r.status, type: r.headers.get('content-type'), text: await r.text() };
    }
    const script = `const [url, init] = process.argv.slice(1);
      fetch(url, JSON.parse(init)).then(async (r) => process.stdout.write(JSON.stringify({ status: r.status, type: r.headers.get('content-type'), text: await r.text() })));`;
    const { stdout } = await promisify(execFile)('ip',
      ['netns', 'exec', this.netns, process.execPath, '-e', script, `${this.url}${path}`, JSON.stringify({ method, headers, body })], { maxBuffer: 2 ** 25 });
    return JSON.parse(stdout);
  }

  async fetchText(path) {
    const { status, text } = await this.request(path);
    if (status !== 200) throw new Error(`${path}: ${status}`);
    return text;
  }

  async post(path, body, headers = {}) {
    const { status, type, text } = await this.request(path, {
      method: 'POST', body: body === undefined ? undefined : JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers },
    });
    let parsed = null;
    try {
      parsed = JSON.parse(text);
    } catch { /* not JSON */ }
    return { status, type, body: parsed };
  }

  async createRoom(options = {}) {
    const { status, body } = await this.post('/create-room', options);
    if (status !== 201) throw new Error(`create-room: ${status} ${JSON.stringify(body)}`);
    return body.room_id;
  }

  // Counters of /metrics; labels are part of the name: {'parley_x{worker="0"}': 3}.
  async metrics() {
    const text = await this.fetchText('/metrics');
    const out = {};
    for (const line of text.split('\n')) {
      const m = /^([a-z_:][\w:]*(?:\{.*\})?)\s+([-\d.e+]+)/i.exec(line);
      if (m) out[m[1]] = Number(m[2]);
    }
    return out;
  }

  // The sum over labels of every counter whose name matches.
  async metric(pattern) {
    const all = Object.entries(await this.metrics()).filter(([k]) => pattern.test(k));
    if (all.length === 0) throw new Error(`no metric ${pattern}`);
    return all.reduce((n, [, v]) => n + v, 0);
  }

  processes() {
    const role = (p) => {
      const text = `${p.comm} ${p.command}`;
      if (/turnserver/.test(p.comm)) return 'turn';
      if (/control/.test(text)) return 'control';
      if (/media|worker/.test(text)) return 'media';
      return 'other';
    };
    const top = this.netns ? descendants(process.pid).find((p) => p.pid === this.pid) : { pid: this.pid };
    return descendants(top.pid).map((p) => ({ ...p, role: role(p) }));
  }

  pids(role) {
    return this.processes().filter((p) => p.role === role).map((p) => p.pid);
  }

  // All of that role, or only the one of that index.
  kill(role, signal = 'SIGKILL', index = undefined) {
    const pids = this.pids(role).filter((_, i) => index === undefined || i === index);
    if (pids.length === 0) throw new Error(`no ${role} process among ${JSON.stringify(this.processes())}`);
    this.deaths += pids.length;
    pids.forEach((pid) => process.kill(pid, signal));
    return pids;
  }

  // Lines of the log about children that died though no test killed them.
  unexpectedDeaths() {
    const died = this.log.split('\n').filter((l) => /event=died/.test(l));
    const unexpected = died.slice(this.deaths);
    this.deaths = Math.max(this.deaths, died.length);
    return unexpected;
  }

  // A TCP proxy before the server whose connections a test can cut or hold: what a bad network does.
  async proxy() {
    const sockets = new Set();
    let refusing = false;
    const server = createServer((down) => {
      if (refusing) return down.destroy();
      const up = connect(this.port, '127.0.0.1');
      for (const s of [down, up]) {
        sockets.add(s);
        s.on('error', () => { });
        s.on('close', () => { sockets.delete(s); down.destroy(); up.destroy(); });
      }
      down.pipe(up).pipe(down);
      return undefined;
    });
    await new Promise((r) => server.listen(0, '127.0.0.1', r));
    const p = {
      url: `http://localhost:${server.address().port}`,
      cut: () => [...sockets].forEach((s) => s.resetAndDestroy()),
      refuse: (yes) => { refusing = yes; if (yes) p.cut(); },
      close: () => { p.cut(); server.close(); },
    };
    this.proxies.push(p);
    return p;
  }

  async stop() {
    this.proxies.forEach((p) => p.close());
    if (!this.child) return;
    const tree = [this.pid, ...descendants(this.pid).map((p) => p.pid)];
    if (alive(this.pid)) process.kill(this.pid, 'SIGTERM');
    await Promise.race([this.exited, sleep(6000)]);
    for (const pid of tree) {
      if (alive(pid)) {
        this.leftOver = true;
        try { process.kill(pid, 'SIGKILL'); } catch { /* ended meanwhile */ }
      }
    }
    await Promise.race([this.exited, sleep(2000)]);
    if (existsSync(this.dataDir)) rmSync(this.dataDir, { recursive: true, force: true });
  }
}

export async function startServer(env = {}, options = {}) {
  const s = new Server(env, options);
  await s.start();
  return s;
}
