// The goals' measurements: {name, goals, run(options) -> rows}. options: {runs, plots}. Where a figure is several runs of the
// same call, the link is put back and the viewer comes anew for each.
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '../tests/e2e/suite.mjs';
import { until } from '../tests/e2e/media.mjs';
import { leave, pressJoin } from '../tests/e2e/page.mjs';
import { joinCrowd, SETTLE_S } from './quality-crowd.mjs';
import { judge, prepareSpeech } from './quality-speech.mjs';
import { AS_A_WHOLE, keptUp, MAIN, RTT_50, Scene } from './quality-scene.mjs';
import { switchFrames, switchGaps, switchRows } from './quality-switches.mjs';
import { measures as firstCall } from './measures.mjs';
import { pair, figure } from './rows.mjs';
import { change, concealedPercent, frozenMs, growth, heightChanges, heldMean, NEVER, percentile, timeTo, within } from './series.mjs';

export const measures = [];
const measure = (name, goals, run) => measures.push({
  name, goals,
  async run(options) {
    const context = new Context(`quality-${name}`);
    try {
      return await run(context, options);
    } catch (e) {
      await context.report(e);
      throw e;
    } finally {
      await context.end();
    }
  },
});

const HIGH = 720;
const isHigh = (f) => f.height >= HIGH;
const seconds = (ms) => ms / 1000;
const progress = (text) => process.stderr.write(`  ${text}\n`);

// --- Q1: join to first frame

const ROUND_TRIPS = [{ rtt: 0, name: 'LAN', goals: [0.4, 0.8] }, { rtt: 50, name: '50 ms RTT', goals: [0.7, 1.2] }, { rtt: 200, name: '200 ms RTT', goals: [1.8, 2.5] }];

async function firstFrames(scene, runs) {
  const times = [];
  for (let i = 0; i < runs; i++) {
    await scene.viewer();
    await pressJoin(scene.watcher);
    const seen = await until('a first frame', () => scene.watcher.page.evaluate(() => {
      const { frames, clickAt } = window.__e2e.quality;
      return frames.length > 0 && { ok: true, ms: frames[0].at - clickAt };
    }), { every: 200 });
    times.push(seconds(seen.ms));
    await sleep(1000);
    await leave(scene.watcher);
  }
  return times;
}

measure('join', ['Q1'], async (context, { runs }) => {
  const scene = await Scene.open(context);
  const rows = [];
  for (const { rtt, name, goals } of ROUND_TRIPS) {
    await scene.setLink(`both delay ${rtt / 2} queue 300`);
    const values = await firstFrames(scene, runs);
    progress(`${name}: ${values.map((v) => v.toFixed(2)).join(' ')}`);
    rows.push(...pair({ id: `join_${rtt}`, goalId: 'Q1', what: `click on Join to first remote frame decoded, ${name}`, values, unit: 's',
      how: `the viewer's page is loaded, room looked up; click event to the first frame of anyone (MediaStreamTrackProcessor); ${AS_A_WHOLE}` }, goals));
  }
  return rows;
});

// --- Q2: first frame to 720p

measure('late-joiner', ['Q2'], async (context, { runs }) => {
  const scene = await Scene.open(context);
  await scene.setLink(RTT_50);
  await scene.setLink('ba rate 5000k');
  // A browser that starts takes both cores: publisher 1's estimate of its own link falls, it stops its top layer (seen in its
  // statistics: limited by bandwidth, for 2 s), and the first run would measure that.
  await scene.viewer();
  await sleep(SETTLE_MS);
  const values = [];
  let kept;
  for (let i = 0; i < runs; i++) {
    await scene.rejoin();
    const from = scene.joinedAt - 2000;
    await scene.reaches(HIGH, 20_000);
    const taken = await scene.collect(from);
    values.push(taken.frames.length > 0 ? seconds(timeTo(taken.frames, taken.frames[0].at, isHigh)) : NEVER);
    kept = keptUp(taken);
    progress(`${values.at(-1)} s to ${HIGH} lines`);
  }
  return pair({ id: 'late_joiner_720p', goalId: 'Q2', what: `first frame of ${MAIN} to its first frame of 720 lines, late joiner, 5 Mbit/s`, values, unit: 's',
    how: `decoded frames of publisher 1 at the viewer; 50 ms RTT, 300 ms queue; ${AS_A_WHOLE}`, ...kept }, [1.5, 3]);
});

// --- Q3, Q4, Q5: the link drops to 500 kbit/s, and comes back

const DROP_S = 25;
const BACK_S = 25;

async function dropAndRecover(scene, wait) {
  await scene.setLink('ba rate 2500k');
  await scene.rejoin();
  const wasHigh = await scene.reaches(HIGH, 30_000);
  await sleep(wait);
  const dropped = await scene.setLink('ba rate 500k');
  await sleep(DROP_S * 1000);
  const relieved = await scene.setLink('ba rate 2500k');
  await sleep(BACK_S * 1000);
  const taken = await scene.collect(dropped - 10_000);
  const queue = (after) => within(taken.link, dropped + after, relieved).map(({ down }) => down.queue_ms);
  return {
    taken, dropped, relieved, wasHigh,
    down: wasHigh ? seconds(timeTo(taken.frames, dropped, (f) => !isHigh(f))) : NEVER,
    frozen: seconds(frozenMs(taken.frames, dropped, dropped + 10_000)),
    concealed: concealedPercent(taken.audio, dropped, dropped + 10_000),
    queue2: percentile(queue(2000), 95),
    queue5: percentile(queue(5000), 95),
    back: timeTo(taken.frames, relieved, isHigh) / 1000,
    lowestAfter: Math.min(...within(taken.frames, relieved - 5000, relieved).map((f) => f.height)),
  };
}

measure('step', ['Q3', 'Q4', 'Q5'], async (context, { runs, plots }) => {
  const scene = await Scene.open(context);
  await scene.setLink(RTT_50);
  const all = [];
  for (let i = 0; i < runs; i++) {
    const run = await dropAndRecover(scene, 8000);
    all.push(run);
    progress(`down ${run.down.toFixed(2)} s, frozen ${run.frozen.toFixed(2)} s, concealed ${run.concealed.toFixed(1)} %, queue ${run.queue2} / ${run.queue5} ms, back ${run.back.toFixed(1)} s`);
    if (i === 0) plots('step', run.taken, '2.5 Mbit/s, 500 kbit/s, 2.5 Mbit/s', [{ at: run.dropped, name: '500 kbit/s' }, { at: run.relieved, name: '2.5 Mbit/s' }]);
  }
  const of = (field) => all.map((run) => run[field]);
  const common = { how: `50 ms RTT, 300 ms queue; from 10 s before the step; ${AS_A_WHOLE}`, ...keptUp(all.at(-1).taken), started_high: all.filter((r) => r.wasHigh).length };
  return [
    ...pair({ ...common, id: 'step_down', goalId: 'Q3', what: '2.5 M to 500 kbit/s: to the first frame of a lower layer', values: of('down'), unit: 's' }, [0.8, 1.5]),
    figure({ ...common, id: 'step_frozen_p95', goalId: 'Q3', what: '2.5 M to 500 kbit/s: frozen in the next 10 s', values: of('frozen'), p: 95, unit: 's', most: 1 }),
    figure({ ...common, id: 'step_concealed_p95', goalId: 'Q3', what: '2.5 M to 500 kbit/s: audio concealed in the next 10 s', values: of('concealed'), p: 95, unit: '%', most: 2 }),
    figure({ ...common, id: 'step_queue_2s', goalId: 'Q4', what: 'queue delay p95 from 2 s after the drop', values: of('queue2'), p: 50, unit: 'ms', most: 200 }),
    figure({ ...common, id: 'step_queue_5s', goalId: 'Q4', what: 'queue delay p95 from 5 s after the drop', values: of('queue5'), p: 50, unit: 'ms', most: 80 }),
    ...pair({ ...common, id: 'step_back', goalId: 'Q5', what: '500 k to 2.5 Mbit/s: back at 720 lines', values: of('back'), unit: 's' }, [4, 8]),
  ];
});

// --- Q8, Q10: random loss both ways

const LOSSES = [{ percent: 2, frozen: 0.2, estimate: 90 }, { percent: 5, frozen: 0.5, estimate: 80 }, { percent: 10, frozen: 1.5, estimate: 60 }];
const LOSSY_KBPS = 3000;
const SETTLE_MS = 10_000;
const LOOK_MS = 30_000;

async function underLoss(scene, percent, lookMs = LOOK_MS) {
  await scene.setLink(`both loss 0`);
  await scene.setLink(`ba rate ${LOSSY_KBPS}k`);
  await scene.rejoin();
  await scene.reaches(HIGH, 20_000);
  await scene.setLink(`both loss ${percent}`);
  await sleep(SETTLE_MS);
  const from = Date.now();
  await sleep(lookMs);
  const taken = await scene.collect(from);
  await scene.setLink('both loss 0');
  const changes = heightChanges(within(taken.frames, from, taken.to));
  return {
    taken,
    frozen: (100 * frozenMs(taken.frames, from, taken.to)) / (taken.to - from),
    estimate: (100 * heldMean(taken.estimates, from, taken.to)) / LOSSY_KBPS,
    downs: changes.filter((c) => c.to < c.from).length,
    high: within(taken.frames, from, taken.to).some(isHigh),
    concealed: concealedPercent(taken.audio, from, taken.to),
  };
}

const known = (values) => values.filter((v) => !Number.isNaN(v));

measure('loss', ['Q8'], async (context, { runs, plots }) => {
  const scene = await Scene.open(context);
  await scene.setLink(RTT_50);
  const rows = [];
  for (const { percent, frozen, estimate } of LOSSES) {
    const all = [];
    for (let i = 0; i < runs; i++) {
      all.push(await underLoss(scene, percent));
      const r = all.at(-1);
      progress(`${percent} %: frozen ${r.frozen.toFixed(2)} %, estimate ${r.estimate.toFixed(0)} %, ${r.downs} down-switches, concealed ${r.concealed.toFixed(2)} %`);
      if (i === 0) plots(`loss-${percent}`, r.taken, `${percent} % random loss both ways, 3 Mbit/s`);
    }
    const of = (field) => all.map((r) => r[field]);
    const common = { goalId: 'Q8', how: `${LOOK_MS / 1000} s, from 10 s after loss began; 3 Mbit/s, 50 ms RTT, 300 ms queue; ${AS_A_WHOLE}`, ...keptUp(all.at(-1).taken) };
    const name = `${percent} % random loss both ways`;
    rows.push(
      ...pair({ ...common, id: `loss${percent}_frozen`, what: `${name}: freeze ratio`, values: of('frozen'), unit: '%' }, [frozen, frozen]),
      ...pair({ ...common, id: `loss${percent}_estimate`, what: `${name}: mean estimate, of the capacity`, values: known(of('estimate')), unit: '%', large: true }, [estimate, estimate]));
    if (percent > 5) continue;
    rows.push(figure({ ...common, id: `loss${percent}_downs`, what: `${name}: switches to a lower layer (a run that never was at 720 lines fails)`,
      values: all.map((r) => (r.high ? r.downs : NEVER)), p: 95, unit: 'switches', most: 0 }));
  }
  return rows;
});

// Two rounds of what the voices say, and a little.
const LISTEN_MS = 50_000;

async function listen(scene, percent) {
  const run = await underLoss(scene, percent, LISTEN_MS);
  const sound = await scene.watcher.page.evaluate(([name, from]) => window.__e2e.quality.sounds(name, from), [MAIN, run.taken.from]);
  return { ...run, sound };
}

measure('audio-loss', ['Q10'], async (context, { runs, plots }) => {
  const canJudge = prepareSpeech();
  const scene = await Scene.open(context);
  await scene.setLink(RTT_50);
  await scene.viewer({ keepSound: true });
  const clean = await listen(scene, 0);
  const all = [];
  for (let i = 0; i < runs; i++) {
    all.push(await listen(scene, 20));
    progress(`20 %: concealed ${all.at(-1).concealed.toFixed(2)} %`);
    if (i === 0) plots('loss-20', all[0].taken, '20 % random loss both ways, 3 Mbit/s');
  }
  const how = `three voices, ${LISTEN_MS / 1000} s from 10 s after loss began; 3 Mbit/s, 50 ms RTT; ${AS_A_WHOLE}`;
  const common = { goalId: 'Q10', ...keptUp(all.at(-1).taken) };
  const rows = pair({ ...common, id: 'loss20_concealed', what: 'audio at 20 % random loss both ways: concealed', values: all.map((r) => r.concealed), unit: '%',
    how: `concealedSamples of totalSamplesReceived; ${how}`, concealed_without_loss: clean.concealed }, [3, 3]);
  // Judging takes the processor for a while: after the call.
  await scene.close();
  const before = canJudge ? await judge(clean.sound) : null;
  const judged = [];
  for (const { sound } of canJudge ? all : []) judged.push(await judge(sound));
  progress(`clean ${JSON.stringify(before)}, lossy ${JSON.stringify(judged)}`);
  return [...rows,
    figure({ ...common, id: 'loss20_visqol', what: 'speech at 20 % random loss both ways: ViSQOL', values: judged.map((j) => j.visqol), p: 50, unit: 'MOS', least: 3.5, without_loss: before?.visqol,
      how: `publisher 1's voice (Harvard sentences by a synthesizer) as the viewer's page plays it, visqol-python in speech mode; ${how}` }),
    figure({ ...common, id: 'loss20_words', what: 'speech at 20 % random loss both ways: word errors, of those without loss', values: judged.map((j) => j.wer / before.wer), p: 50, unit: 'x', most: 1.2, without_loss: before?.wer,
      how: `the same sound, understood by pocketsphinx; ${how}` })];
});

// --- Q13: layer switches

const CODECS = ['vp8', 'vp9', 'av1', 'h264'];
// More say nothing more about gaps.
const GAPS_OF = 40;

measure('switches', ['Q13'], async (context, { switches, codecs = CODECS }) => {
  const rows = [];
  for (const codec of codecs) {
    const own = (part) => new Context(`quality-switches-${codec}-${part}`);
    const gaps = await switchGaps(own('gaps'), codec, Math.min(switches, GAPS_OF));
    progress(`${codec} (${gaps.used}, ${gaps.mode}): up ${gaps.up.map(Math.round)}; down ${gaps.down.map(Math.round)}; missed ${gaps.missed}`);
    const frames = await switchFrames(own('frames'), codec, switches);
    progress(`${codec}: ${frames.changes} switches, missed ${frames.missed}; ${frames.received} frames came, ${frames.undecoded} of them not decoded; PLIs ${frames.plis}, NACKs ${frames.nacks}, ${frames.freezeCount} freezes`);
    rows.push(...switchRows(codec, gaps, frames));
  }
  return rows;
});

// --- Q14: key frames asked of a publisher

const CROWD = 49;
const CROWD_S = 5;
// The gate's pause for a crowd (keyframe.h), and what the rest of a join takes.
const SEEN_WITHIN_MS = 3000;

// How often the publisher was asked, and made a key frame, of the layer with most.
async function askedOf(scene, { from, to }) {
  const { outbound } = await scene.main.page.evaluate((at) => window.__e2e.quality.take(at), from - 1000);
  const sent = within(outbound, from - 500, to).filter((s) => s.kind === 'video');
  const streams = [...new Set(sent.map((s) => s.ssrc))].map((ssrc) => sent.filter((s) => s.ssrc === ssrc));
  const most = (field) => Math.max(...streams.map((s) => growth(s, field, 0, to)));
  return { plis: most('plis'), keys: most('keys'), layers: streams.map((s) => ({ height: s.at(-1).height, plis: growth(s, 'plis', 0, to), keys: growth(s, 'keys', 0, to) })) };
}

measure('keyframes', ['Q14'], async (context, { runs }) => {
  const scene = await Scene.open(context, { alone: true, codec: 'vp8', env: { PARLEY_ROOMS_CAPACITY: CROWD + 1 } });
  await sleep(SETTLE_MS);
  const all = [];
  for (let i = 0; i < runs; i++) {
    const crowd = await joinCrowd(scene, CROWD, CROWD_S);
    const run = { ...crowd, ...(await askedOf(scene, crowd)) };
    all.push(run);
    progress(`${run.joined} of ${CROWD} joined in ${run.took_s.toFixed(1)} s, ${run.seeing} had a key frame after p50 ${Math.round(run.keyFrameMs.p50)}, at most ${Math.round(run.keyFrameMs.max)} ms; asked and made: ` +
      run.layers.map((l) => `${l.height} lines ${l.plis}, ${l.keys}`).join('; '));
    await sleep(SETTLE_MS);
  }
  const of = (field) => all.map((run) => run[field]);
  const spread = (p) => all.map((run) => seconds(run.keyFrameMs[p]).toFixed(2)).join(', ');
  const how = `${CROWD} endpoints of \`parley load\` (ICE, DTLS, SRTP, feedback) begin to join at ${Math.ceil(CROWD / CROWD_S)} a second in a room of ${CROWD + 1}; one publisher, Chromium, VP8 simulcast of the 720p clip; PLI and FIR that reach it, ` +
    `of the layer with most, until ${SETTLE_S} s after the last had joined. From an endpoint's first request to its first whole key frame, p50 of each run: ${spread('p50')} s; the last of ${CROWD}: ${spread('max')} s`;
  // Whoever is turned away or sees nothing asks for nothing: then the figure says little.
  const whole = all.every((run) => run.joined === CROWD && run.seeing === CROWD && run.keyFrameMs.max <= SEEN_WITHIN_MS);
  const common = { goalId: 'Q14', how, joins_took_s: of('took_s').map((s) => Math.round(s * 10) / 10), joined: of('joined'), with_key_frame: of('seeing'),
    first_key_frame_ms: of('keyFrameMs').map(({ p50, p90, p99, max }) => ({ p50, p90, p99, max })) };
  const rows = [
    figure({ ...common, id: 'keyframes_joins', what: `${CROWD} joins in ${CROWD_S} s: key frames asked of a publisher, per layer`, values: of('plis'), p: 95, unit: 'requests', most: 3, layers: of('layers') }),
    figure({ ...common, id: 'keyframes_rate', what: `${CROWD} joins in ${CROWD_S} s: key frames made, per layer`, values: all.map((run) => run.keys / seconds(run.to - run.from)), p: 95, unit: 'per s', most: 1 }),
  ];
  return rows.map((row) => ({ ...row, pass: row.pass && whole }));
});

// --- Q15: a publisher's loss is not the viewers'

// As in the simulator: an estimate wanders around a full link's capacity, and less than some ups and downs of it say nothing.
const BEFORE_MS = 20_000;

measure('publisher-loss', ['Q15'], async (context, { runs, plots }) => {
  const scene = await Scene.open(context);
  await scene.setLink(RTT_50);
  await scene.setLink('ba rate 3000k');
  await scene.setLink('both delay 25', 'p');
  const changes = [];
  const repaired = [];
  const lostPercent = [];
  let kept;
  for (let i = 0; i < runs; i++) {
    await scene.setLink('both loss 0', 'p');
    await scene.rejoin();
    await scene.reaches(HIGH, 20_000);
    await sleep(SETTLE_MS + BEFORE_MS);
    const began = await scene.setLink('ab loss 10', 'p');
    await sleep(LOOK_MS);
    const taken = await scene.collect(began - BEFORE_MS);
    const mean = (from, to) => heldMean(taken.estimates, from, to);
    const before = mean(began - BEFORE_MS, began);
    changes.push((100 * Math.abs(mean(began, taken.to) - before)) / before);
    const packets = growth(taken.mainVideo, 'packets', began + 1000, taken.to);
    const lost = Math.max(0, change(taken.mainVideo, 'lost', began + 1000, taken.to));
    lostPercent.push((100 * lost) / (packets + lost));
    repaired.push((100 * growth(taken.mainVideo, 'nacks', began + 1000, taken.to)) / packets);
    kept = keptUp(taken);
    progress(`estimate changed by ${changes.at(-1).toFixed(1)} %, lost at the viewer ${lostPercent.at(-1).toFixed(2)} %, NACKed by the viewer ${repaired.at(-1).toFixed(2)} %`);
    if (i === 0) plots('publisher-loss', taken, "10 % loss on the publisher's uplink", [{ at: began, name: '10 % loss' }]);
  }
  await scene.setLink('both loss 0', 'p');
  const common = { goalId: 'Q15', how: `publisher 1 has 50 ms RTT and, from the middle on, 10 % random loss up; the viewer a clean link of 3 Mbit/s; 20 s before, 30 s from then on; ${AS_A_WHOLE}`, ...kept };
  return [
    ...pair({ ...common, id: 'uplink_estimate', what: "publisher's uplink loses 10 %: change of the viewer's mean estimate", values: known(changes), unit: '%' }, [5, 5]),
    figure({ ...common, id: 'uplink_lost', what: "publisher's uplink loses 10 %: packets still lost at the viewer (goal: repaired upstream, none asked for twice)", values: lostPercent, p: 95, unit: '%', most: 0.5,
      asked_again_percent: repaired.map((v) => Math.round(v * 100) / 100) }),
  ];
});

// --- Q24: from direct to the server

measure('third-joins', ['Q24'], async () => {
  const rows = await firstCall.find((m) => m.name === 'switch').run();
  return rows.map((r) => ({ q: 'Q24', ...r, goal: `<= ${r.goal}` }));
});

