// The picture of one run: what the link takes, what the server believes it takes, what arrives, how high publisher 1's
// picture is, how long packets wait before the link.
import { plot } from './plot.mjs';
import { rates, together, within } from './series.mjs';

// Frames as steps: a point where the height changes, and gaps of more than half a second at height 0.
function heightSteps(frames) {
  const points = [];
  let last = null;
  for (const f of frames) {
    if (last && f.at - last.at > 500) points.push([last.at + 500, 0]);
    if (!last || f.height !== last.height || f.at - last.at > 500) points.push([f.at, f.height]);
    last = f;
  }
  return points;
}

// One point a second: rates of single samples jump with each key frame.
function smooth(series) {
  const bySecond = new Map();
  for (const { at, kbps } of series) {
    const second = Math.floor(at / 1000);
    bySecond.set(second, [...(bySecond.get(second) ?? []), kbps]);
  }
  return [...bySecond].map(([second, values]) => [second * 1000 + 500, values.reduce((n, v) => n + v, 0) / values.length]);
}

export function callPlot(title, taken, marks) {
  const { from, to } = taken;
  const t = (points) => points.map(([at, v]) => [(at - from) / 1000, v]);
  const tracks = [...taken.audio, ...[...new Set(taken.video.map((s) => s.track))].map((id) => taken.video.filter((s) => s.track === id))];
  const received = smooth(within(rates(together(tracks, 'bytes')), from, to));
  const before = taken.estimates.filter((e) => e.at < from).at(-1);
  const estimates = [...(before ? [{ ...before, at: from }] : []), ...within(taken.estimates, from, to)];
  const capacity = taken.link.filter((l) => l.down.rate > 0).map((l) => [l.at, l.down.rate]);
  return plot({
    title, seconds: Math.round((to - from) / 1000), marks: marks.map(({ at, name }) => ({ at: (at - from) / 1000, name })),
    panels: [
      { label: 'kbit/s', series: [
        { name: 'link takes', stepped: true, dashed: true, colour: '#555', points: t(capacity) },
        { name: 'estimate', stepped: true, points: t(estimates.map((e) => [e.at, e.kbps])) },
        { name: 'received', points: t(received) }] },
      { label: 'lines (0: still)', least: 720, ticks: [0, 180, 360, 720], series: [{ name: 'publisher 1', stepped: true, points: t(heightSteps(within(taken.frames, from, to))) }] },
      { label: 'ms', least: 50, series: [{ name: 'queue (link)', points: t(taken.link.map((l) => [l.at, l.down.queue_ms])) }] },
    ],
  });
}
