// Not a test: what one more costs in a crowd. PARLEY_BENCH_BUILD=DIR node crowd.mjs N: N people sit in a room, without media, and 200 more come
// and go one after the other; how long join-room, WebSocket and `joined` take, and control's CPU time for each.
import WebSocket from 'ws';
import { startParley } from '../../bench/sfu-load.mjs';
import { cpuNs } from '../../bench/sfu-processes.mjs';

const [people, more] = [Number(process.argv[2] ?? 1000), 200];
const rest = (m) => new Promise((resolve) => setTimeout(resolve, m));
const server = await startParley({ PARLEY_MEDIA_WORKERS: 1 });
const post = async (path, body) => (await fetch(server.url + path, { method: 'POST', body: JSON.stringify(body) })).json();
const { room_id: room } = await post('/create-room', { mode: 'sfu', capacity: people + 20 });

async function join() {
  const { ws_url: url, token } = await post(`/join-room/${room}?participants=0`, {});
  const socket = new WebSocket(url, 'parley.v1', { perMessageDeflate: false });
  await new Promise((resolve, reject) => { socket.once('open', resolve); socket.once('error', reject); });
  socket.send(JSON.stringify({ type: 'join', id: 1, token, name: 'Crowd' }));
  await new Promise((resolve) => socket.once('message', resolve));
  socket.send(JSON.stringify({ type: 'participants', id: 2 }));
  return socket;
}

for (let i = 0; i < people; i += 10) await Promise.all(Array.from({ length: 10 }, join));
await rest(2500);
const took = [];
const before = cpuNs(server.pids.control[0]);
for (let i = 0; i < more; i++) {
  const from = performance.now();
  const socket = await join();
  took.push(performance.now() - from);
  socket.close(1000);
  await rest(10);
}
const cpuMs = (cpuNs(server.pids.control[0]) - before) / 1e6 / more;
took.sort((a, b) => a - b);
const at = (part) => took[Math.floor(part * more)].toFixed(1);
console.log(`among ${people}: a join p50 ${at(0.5)} p90 ${at(0.9)} ms; control's CPU a join and leave ${cpuMs.toFixed(2)} ms`);
await server.stop();
process.exit(0);
