// Many viewers at once: peer connections of one page, which speak the protocol by themselves. A browser each would take
// more processor than the machine has; what reaches the server is the same.
import { setTimeout as sleep } from 'node:timers/promises';
import { browser, closeBrowser } from '../tests/e2e/browsers.mjs';
import { namespace } from '../tests/e2e/netlab.mjs';

const SETTLE_MS = 3000;

// Runs in the page.
function member({ room, name }) {
  const crowd = window.crowd ??= [];
  const me = { connected: false };
  crowd.push(me);
  const socketOf = ({ ws_url }) => new Promise((resolve, reject) => {
    const socket = new WebSocket(ws_url, 'parley.v1');
    me.socket = socket;
    me.waiting = new Map();
    socket.onopen = () => resolve(socket);
    socket.onerror = reject;
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      me.waiting.get(message.id)?.(message);
    };
  });
  const ask = (id, message) => new Promise((resolve) => {
    me.waiting.set(id, resolve);
    me.socket.send(JSON.stringify({ ...message, id }));
  });
  const offer = async () => {
    me.pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    me.pc.onconnectionstatechange = () => { me.connected ||= me.pc.connectionState === 'connected'; };
    for (const kind of ['audio', 'video']) me.pc.addTransceiver(kind, { direction: 'recvonly' });
    await me.pc.setLocalDescription();
    return me.pc.localDescription.sdp;
  };
  return (async () => {
    const joined = await (await fetch(`/join-room/${room}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name }) })).json();
    await socketOf(joined);
    const reply = await ask(1, { type: 'join', token: joined.token, name });
    if (reply.type !== 'joined') throw new Error(JSON.stringify(reply));
    const answer = await ask(2, { type: 'offer', epoch: reply.mode.epoch, new_leg: true, sdp: await offer(), sources: [] });
    if (answer.type !== 'answer') throw new Error(JSON.stringify(answer));
    await me.pc.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
  })();
}

// `count` people join within `overMs`, or as long as it takes the machine. {from, to, tookMs, failures, connected, leave()}.
export async function joinCrowd(scene, count, overMs) {
  const launch = { netns: namespace('v'), args: [] };
  scene.context.onEnd(() => closeBrowser('chromium', launch));
  const context = await (await browser('chromium', launch)).newContext({ bypassCSP: true });
  const page = await context.newPage();
  await page.goto(`${scene.server.url}/healthz`);
  const from = Date.now();
  const failures = [];
  const joins = [];
  for (let i = 0; i < count; i++) {
    joins.push(page.evaluate(member, { room: scene.room, name: `C${i}` }).catch((e) => failures.push(e.message)));
    await sleep(Math.max(0, from + ((i + 1) * overMs) / count - Date.now()));
  }
  await Promise.all(joins);
  const tookMs = Date.now() - from;
  await sleep(SETTLE_MS);
  if (failures.length > count / 2) throw new Error(`${failures.length} of ${count} could not join: ${failures[0]}`);
  return {
    from, to: Date.now(), tookMs, failures,
    connected: await page.evaluate(() => window.crowd.filter((m) => m.connected).length),
    leave: async () => {
      await page.evaluate(() => window.crowd.forEach((m) => { m.socket.close(1000); m.pc.close(); }));
      await context.close();
    },
  };
}
