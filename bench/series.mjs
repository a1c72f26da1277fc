// Figures out of what quality-probe.js, the link and the server's log tell over time. Pure: times in ms, any clock.

export const NEVER = Number.POSITIVE_INFINITY;

// Nearest rank; NEVER counts as the largest.
export function percentile(values, p) {
  if (values.length === 0) return NEVER;
  const sorted = [...values].sort((a, b) => (a === b ? 0 : a - b));
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)];
}

export const within = (list, from, to) => list.filter(({ at }) => at >= from && at <= to);
export const sum = (list) => list.reduce((n, v) => n + v, 0);

// How long after `from` something first fits; NEVER, if nothing does.
export function timeTo(list, from, accept) {
  const found = list.find((entry) => entry.at >= from && accept(entry));
  return found ? found.at - from : NEVER;
}

// As W3C webrtc-stats freezeCount has it: an interval of at least max(3 × mean of the last 30, mean + 150 ms).
// An interval that has not ended at `to` counts as well. {at, ms} each, cut to [from, to].
export function freezes(frames, from, to) {
  const found = [];
  const recent = [];
  const judge = (since, until) => {
    const ms = until - since;
    const mean = recent.length > 0 ? sum(recent) / recent.length : 33;
    if (ms >= Math.max(3 * mean, mean + 150)) {
      const cut = Math.min(until, to) - Math.max(since, from);
      if (cut > 0) found.push({ at: Math.max(since, from), ms: cut });
    } else {
      recent.push(ms);
      if (recent.length > 30) recent.shift();
    }
  };
  const inside = frames.filter(({ at }) => at <= to);
  if (inside.length === 0) return [{ at: from, ms: to - from }];
  for (let i = 1; i < inside.length; i++) judge(inside[i - 1].at, inside[i].at);
  judge(inside.at(-1).at, to);
  return found;
}

export const frozenMs = (frames, from, to) => sum(freezes(frames, from, to).map(({ ms }) => ms));

// Changes of the picture's height: {at, from, to, gap} with the time from the last old frame to the first new one.
export function heightChanges(frames) {
  const found = [];
  for (let i = 1; i < frames.length; i++) {
    const [old, now] = [frames[i - 1], frames[i]];
    if (now.height !== old.height) found.push({ at: now.at, from: old.height, to: now.height, gap: now.at - old.at });
  }
  return found;
}

// By how much a counter grew between two times; a counter that began anew counts from nothing.
export function growth(samples, field, from, to) {
  const inside = within(samples, from, to);
  let grown = 0;
  for (let i = 1; i < inside.length; i++) {
    const step = inside[i][field] - inside[i - 1][field];
    grown += step >= 0 ? step : inside[i][field];
  }
  return grown;
}

// From the first sample between two times to the last, of what goes down, too: packetsLost does when a repaired packet comes.
export function change(samples, field, from, to) {
  const inside = within(samples, from, to);
  return inside.length > 1 ? inside.at(-1)[field] - inside[0][field] : 0;
}

// The last sample, if a counter has not moved for so long before it; else null.
export function settled(samples, field, ms) {
  const last = samples.at(-1);
  const still = samples.findLast((s) => s[field] !== last[field]);
  const since = samples[still ? samples.indexOf(still) + 1 : 0];
  return last && last.at - since.at >= ms ? last : null;
}

// {at, kbps} out of a counter of bytes.
export function rates(samples, field = 'bytes') {
  const found = [];
  for (let i = 1; i < samples.length; i++) {
    const ms = samples[i].at - samples[i - 1].at;
    const bytes = samples[i][field] - samples[i - 1][field];
    if (ms > 0 && bytes >= 0) found.push({ at: samples[i].at, kbps: (bytes * 8) / ms });
  }
  return found;
}

// Adds up the samples of several streams that were taken at the same moments.
export function together(streams, field) {
  const byTime = new Map();
  for (const stream of streams) for (const { at, [field]: value } of stream) byTime.set(at, (byTime.get(at) ?? 0) + value);
  return [...byTime].sort(([a], [b]) => a - b).map(([at, value]) => ({ at, [field]: value }));
}

// Share of played samples that the decoder made up, in %, over all given audio streams.
export function concealedPercent(streams, from, to) {
  const concealed = sum(streams.map((s) => growth(s, 'concealed', from, to)));
  const total = sum(streams.map((s) => growth(s, 'total', from, to)));
  return total > 0 ? (100 * concealed) / total : NEVER;
}

// What a series of {at, kbps} that holds each value until the next one says over time: its mean.
export function heldMean(series, from, to, field = 'kbps') {
  let area = 0;
  let known = 0;
  series.forEach((entry, i) => {
    const start = Math.max(entry.at, from);
    const end = Math.min(series[i + 1]?.at ?? to, to);
    if (end <= start) return;
    area += entry[field] * (end - start);
    known += end - start;
  });
  return known > 0 ? area / known : Number.NaN;
}
