import { Context } from '../tests/e2e/suite.mjs';
import { Scene, RTT_50, keptUp } from './quality-scene.mjs';
import { freezes, within, frozenMs } from './series.mjs';
import { closeAll } from '../tests/e2e/browsers.mjs';
import { setTimeout as sleep } from 'node:timers/promises';
const percents = process.argv[2].split(',').map(Number);
const context = new Context('q8tmp');
try {
  const scene = await Scene.open(context);
  await scene.setLink(RTT_50);
  for (const percent of percents) {
  await scene.setLink('both loss 0'); await scene.setLink('ba rate 3000k');
  await scene.rejoin(); await scene.reaches(720, 20000);
  await scene.setLink(`both loss ${percent}`); await sleep(10000);
  const from = Date.now(); await sleep(30000);
  const t = await scene.collect(from);
  const f = freezes(t.frames, from, t.to);
  const gaps = within(t.frames, from, t.to).map((x, i, a) => i ? x.at - a[i-1].at : 0).sort((a,b)=>a-b);
  console.log(`== ${percent} %: frozen ${(100*frozenMs(t.frames, from, t.to)/(t.to-from)).toFixed(2)} %, frames ${gaps.length}, gap p50 ${gaps[gaps.length>>1]} p95 ${gaps[Math.floor(gaps.length*.95)]} p99 ${gaps[Math.floor(gaps.length*.99)]}`, JSON.stringify(keptUp(t)));
  console.log('freezes', f.map((x) => `${((x.at-from)/1000).toFixed(2)}s:${Math.round(x.ms)}`).join(' '));
  const m = within(t.mainVideo, from, t.to); const a = m[0], b = m.at(-1);
  for (const k of ['packets','lost','nacks','plis','received','decoded','dropped','keys','freezes','frozen','retransmitted']) process.stdout.write(`${k} ${(b[k]-a[k]).toFixed(2)}  `);
  console.log();
  for (const rid of [...new Set(t.sent.map((x)=>x.rid))]) { const o = within(t.sent.filter((x)=>x.rid===rid), from, t.to); if (o.length>1) console.log('sent', rid, o.at(-1).height, 'frames', o.at(-1).frames-o[0].frames, 'kbps', Math.round((o.at(-1).bytes-o[0].bytes)*8/(o.at(-1).at-o[0].at)), 'mode', o.at(-1).mode, 'keys', o.at(-1).keys-o[0].keys, 'plis', o.at(-1).plis-o[0].plis); }
  for (const e of t.timeline.filter((e) => e.at_ms > from && (e.participant_id === t.ownId || e.what==='keyframe')).slice(0, 400)) if (['layer','pause','resume','keyframe','queue_drop','probe','estimate'].includes(e.what)) console.log(((e.at_ms-from)/1000).toFixed(2), e.what, e.why, JSON.stringify(e.values), e.source ?? '');
  }
} finally { await context.end(); await closeAll(); }
process.exit(0);
