// Many viewers at once: endpoints of `parley load`, with ICE, DTLS, SRTP, feedback and requests as a browser's. A browser each would
// take more processor than the machine has, and so did 49 peer connections of one page: their joins took 15 s.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { namespace } from '../tests/e2e/netlab.mjs';
import { BINARY } from '../tests/e2e/server.mjs';

export const SETTLE_S = 3;

// What the load tool's report says of its joins; times in ms since 1970, from the first join's
// begin until a while after the last one's end.
export function crowdOf({ started_at_ms, joins }) {
  const { took_s, joined, with_key_frame, first_key_frame_ms } = joins;
  return { from: started_at_ms, to: started_at_ms + (took_s + SETTLE_S) * 1000, took_s, joined, seeing: with_key_frame, keyFrameMs: first_key_frame_ms };
}

// `count` people join within `overS`, stay a while to see, and leave.
export async function joinCrowd(scene, count, overS) {
  const scratch = mkdtempSync(join(tmpdir(), 'parley-crowd-'));
  const json = join(scratch, 'report.json');
  const args = Object.entries({ url: scene.server.url, room: scene.room, publishers: 0, subscribers: count, lead: 0, 'join-rate': Math.ceil(count / overS), settle: SETTLE_S, duration: 1, json });
  const child = spawn('ip', ['netns', 'exec', namespace('v'), BINARY, 'load', '--quiet', ...args.flatMap(([k, v]) => [`--${k}`, String(v)])], { stdio: ['ignore', 'ignore', 'inherit'] });
  scene.context.onEnd(() => child.kill('SIGKILL'));
  try {
    await once(child, 'close');
    return crowdOf(JSON.parse(readFileSync(json, 'utf8')));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
