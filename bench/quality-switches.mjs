// Q13: what a viewer sees of forced switches between layers.
//
// Two calls for each codec: one as people have it, for the gaps; and one in which no frame can get lost but by our fault. A
// player with a jitter buffer passes over frames that are late, on a busy machine or beside sound that is, and counts them as
// it counts those it cannot decode; and what is still on its way through it was received, not yet decoded. So that viewer's
// plays each frame at once (no delay asked for, no sound to wait for), the picture is paused at the end until nothing moves,
// and then each frame that came whole must have been decoded: none is excused.
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../tests/e2e/media.mjs';
import { keptUp, MAIN, RTT_50, Scene } from './quality-scene.mjs';
import { pair, figure } from './rows.mjs';
import { freezes, heightChanges, NEVER, settled, sum, within } from './series.mjs';

const HEIGHTS = { up: 720, down: 180 };
const SWITCH_WAIT_MS = 15_000;
const SETTLE_MS = 1500;
const AT_ONCE = '--force-fieldtrials=WebRTC-ForcePlayoutDelay/min_ms:0,max_ms:500/';

// The viewer's page tells the size of its tile; here the test tells it, for the whole server's path of a switch. 0: none.
const askFor = (scene, height) => scene.watcher.page.evaluate(({ name, height }) => {
  const { messages, sockets } = window.__e2e;
  const { participants } = messages.findLast((m) => m.type === 'joined');
  const { participant_id } = participants.find((p) => p.name === name);
  const socket = sockets.findLast((s) => s.readyState === WebSocket.OPEN);
  const wanted = [{ participant_id, group: 'camera', width: Math.round((height * 16) / 9), height, visible: height > 0, pinned: true }];
  socket.send(JSON.stringify({ type: 'view', wanted }));
}, { name: MAIN, height });

const heightNow = (scene) => scene.watcher.page.evaluate((name) => {
  const { frames, owners } = window.__e2e.quality;
  return frames.findLast((f) => owners[f.track] === name)?.height ?? 0;
}, MAIN);

async function forceSwitches(scene, count) {
  let missed = 0;
  for (let i = 0; i < count; i++) {
    const up = i % 2 === 1;
    const before = await heightNow(scene);
    await askFor(scene, up ? HEIGHTS.up : HEIGHTS.down);
    const changed = await until('a switch', async () => ({ ok: up ? await heightNow(scene) > before : await heightNow(scene) < before }),
      { timeout: SWITCH_WAIT_MS, every: 200 }).catch(() => null);
    if (!changed) missed++;
    await sleep(500 + (i * 137) % 500);      // not in step with anything
  }
  return missed;
}

// A call of one publisher; use() gets its scene when the viewer sees all lines, or null if it never did.
async function inCallOf(context, options, prepare, use) {
  try {
    const scene = await Scene.open(context, { alone: true, ...options });
    await prepare(scene);
    await scene.setLink(RTT_50);
    await scene.rejoin();
    return await use(scene, await scene.reaches(HEIGHTS.up, 30_000));
  } catch (e) {
    await context.report(e);
    throw e;
  } finally {
    await context.end();
  }
}

export const switchGaps = (context, codec, count) => inCallOf(context, { codec }, () => { }, async (scene, started) => {
  const from = Date.now();
  const missed = started ? await forceSwitches(scene, count) : count;
  const taken = await scene.collect(from);
  const changes = heightChanges(within(taken.frames, from, taken.to));
  return {
    missed, count, kept: keptUp(taken), used: taken.sent.at(-1)?.codec, mode: taken.sent.at(-1)?.mode,
    up: changes.filter((c) => c.to > c.from).map((c) => c.gap),
    down: changes.filter((c) => c.to < c.from).map((c) => c.gap),
  };
});

// Clicked by the page itself: in a publisher's small window something may lie above the button.
const mute = (scene) => scene.main.page.evaluate(() => document.querySelector('[data-testid=toggle-microphone]').click());

export const switchFrames = (context, codec, count) => inCallOf(context, { codec, viewerArgs: [AT_ONCE] }, mute, async (scene, started) => {
  const from = Date.now();
  const missed = started ? await forceSwitches(scene, count) : count;
  const pausedAt = Date.now();
  const { frames } = await scene.collect(from);
  const changes = heightChanges(within(frames, from, pausedAt)).length;
  // VP8: a player that misses a frame of the lowest layer counts those after it as not received. Then the picture stands still.
  const freezeCount = freezes(frames, from, pausedAt).length;
  await askFor(scene, 0);
  const end = await until('a picture that stands still', async () => {
    const { byTrack } = await scene.collect(from);
    const ends = byTrack.map((samples) => settled(samples, 'received', SETTLE_MS));
    return { ok: ends.length > 0 && !ends.includes(null), ends, byTrack };
  }, { timeout: 20_000, every: 500 });
  const total = (field) => sum(end.ends.map((s) => s[field]));
  // A player asks for a key frame when nothing comes for a while, and then nothing is to come.
  const plis = sum(end.byTrack.map((samples) => within(samples, 0, pausedAt).at(-1)?.plis ?? 0));
  return { missed, count, changes, freezeCount, received: total('received'), undecoded: total('received') - total('decoded'), plis, nacks: total('nacks') };
});

export function switchRows(codec, gaps, frames) {
  const asked = 'the viewer asks for 180 and 720 lines in turn on a link with 50 ms RTT and no limit; one 720p publisher';
  const common = { goalId: 'Q13', codec: gaps.used, mode: gaps.mode, missed_switches: gaps.missed, how: `${asked}; from the last old frame to the first new one`, ...gaps.kept };
  const row = figure({ ...common, id: `switch_undecodable_${codec}`, what: `${codec}: frames that could not be decoded, requests by the decoder, and gaps in the numbers, over ${frames.changes} switches (goal: over 1000)`,
    values: [frames.changes > 0 ? frames.undecoded + frames.plis + frames.nacks : NEVER], p: 95, unit: 'frames', most: 0, missed_switches: frames.missed, frames_received: frames.received, freezes: frames.freezeCount,
    how: `${asked}, silent; the viewer plays each frame at once and at the end the picture is paused: frames that came whole since the join less those decoded, none excused as dropped, and PLIs, FIRs and packets asked for again` });
  return [
    ...pair({ ...common, id: `switch_up_${codec}`, what: `${codec}: gap of a switch to a higher layer`, values: gaps.up, unit: 'ms' }, [100, 200]),
    ...pair({ ...common, id: `switch_down_${codec}`, what: `${codec}: gap of a switch to a lower layer`, values: gaps.down, unit: 'ms' }, [150, 300]),
    { ...row, pass: row.pass && frames.missed === 0 },
  ];
}
