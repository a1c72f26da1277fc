// Janus as Debian packages it, with a configuration of its own in a temporary directory: the videoroom plugin over a
// WebSocket on loopback, media on this machine's own address (Janus leaves loopback out), event_loops as asked.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../tests/e2e/server.mjs';
import { BUILD } from './sfu-load.mjs';

const READY_MS = 10_000;
const PLUGIN = 'libjanus_videoroom.so';
const TRANSPORT = 'libjanus_websockets.so';

function libraries() {
  const files = execFileSync('dpkg', ['-L', 'janus'], { encoding: 'utf8' }).split('\n');
  const of = (name) => files.find((f) => f.endsWith(`/${name}`)).replace(`/${name}`, '');
  return { plugins: of(PLUGIN), transports: of(TRANSPORT) };
}

export const address = () => Object.values(networkInterfaces()).flat().find((a) => a.family === 'IPv4' && !a.internal)?.address;

// "1.1.2"; undefined: it is not installed.
export function janusVersion() {
  try {
    return /\d+\.\d+\.\d+/.exec(execFileSync('dpkg-query', ['-W', '-f', '${Version}', 'janus'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))?.[0];
  } catch {
    return undefined;
  }
}

function configure(directory, port, eventLoops) {
  const { plugins, transports } = libraries();
  const others = (folder, used) => readdirSync(folder).filter((f) => f.endsWith('.so') && f !== used).join(',');
  const write = (name, text) => writeFileSync(join(directory, name), text);
  mkdirSync(join(directory, 'none'));
  write('janus.jcfg', `general: {
  configs_folder = "${directory}"
  plugins_folder = "${plugins}"
  transports_folder = "${transports}"
  events_folder = "${directory}/none"
  loggers_folder = "${directory}/none"
  debug_level = 2
  session_timeout = 0
  ${eventLoops ? `event_loops = ${eventLoops}` : ''}
}
nat: {
  ice_lite = true
  ice_enforce_list = "${address()}"
}
plugins: { disable = "${others(plugins, PLUGIN)}" }
transports: { disable = "${others(transports, TRANSPORT)}" }
`);
  write('janus.transport.websockets.jcfg', `general: { json = "compact"\n ws = true\n ws_port = ${port}\n ws_ip = "127.0.0.1"\n wss = false }\n`);
  write('janus.plugin.videoroom.jcfg', 'general: { }\n');
}

async function answers(port, child) {
  for (const end = Date.now() + READY_MS; Date.now() < end && child.exitCode === null; await sleep(100)) {
    const open = await new Promise((resolve) => {
      const socket = createConnection(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
      socket.once('error', () => resolve(false));
    });
    if (open) return true;
  }
  return false;
}

// As startParley() of sfu-load.mjs.
export async function startJanus({ eventLoops = 2 } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'parley-bench-janus-'));
  const [port] = await freePorts(10);
  configure(directory, port, eventLoops);
  // One descriptor per viewer and more, as with any server of many.
  const child = spawn('sh', ['-c', 'ulimit -Sn "$(ulimit -Hn)" && exec janus -F "$0"', directory], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (d) => { log = (log + d).slice(-100_000); });
  const exited = new Promise((resolve) => { child.once('exit', resolve); });
  const stop = async () => {
    if (child.exitCode === null) child.kill('SIGTERM');
    const ended = await Promise.race([exited.then(() => true), sleep(5000).then(() => false)]);
    if (!ended) child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  if (!await answers(port, child)) {
    await stop();
    throw new Error(`janus does not answer\n${log.slice(-2000)}`);
  }
  return { name: 'Janus', generator: [join(BUILD, 'bench/bench_janus')], url: `http://127.0.0.1:${port}`, pids: { media: [child.pid], control: [] }, stop, log: () => log };
}
