// Longest gaps out of what probe.js collected. Pure, so that it can be tested without a browser.

// The longest time without an event between `from` and `to`.
export function longestGap(times, from, to) {
  const inside = times.filter((t) => t >= from && t <= to).sort((a, b) => a - b);
  let longest = 0;
  let last = from;
  for (const t of [...inside, to]) {
    longest = Math.max(longest, t - last);
    last = t;
  }
  return longest;
}

// Shown frames of one person.
export const videoGap = (taken, id, from, to) =>
  longestGap(taken.frames.filter((f) => f.id === id).map((f) => f.at), from, to);

// Decoded frames of one person, on whichever track.
export const decodedGap = (taken, id, from, to) =>
  longestGap(taken.decoded.filter((f) => taken.owners[f.track] === id).map((f) => f.at), from, to);

// Was this track in an unmuted, playing element at the time? Looked up in the sorted samples of `plays`.
function playsAt(plays) {
  return (track, at) => {
    let low = 0;
    let high = plays.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (plays[middle].at <= at) low = middle + 1;
      else high = middle;
    }
    const near = [plays[low - 1], plays[low]].filter(Boolean);
    return near.some((p) => p.tracks.includes(track));
  };
}

// Each piece dated by its own timestamp; a track's clock is tied to the page's by its quickest delivery.
function dated(pieces) {
  const offsets = new Map();
  for (const p of pieces) offsets.set(p.track, Math.min(offsets.get(p.track) ?? Infinity, p.at - p.stamp));
  return pieces.map((p) => ({ ...p, time: p.stamp + offsets.get(p.track) }));
}

const PIECE_MS = 10;

// The longest silence of what was audible: pieces that were loud and played.
export function silenceGap(taken, from, to) {
  const plays = playsAt(taken.plays);
  const heard = dated(taken.pieces).filter((p) => p.loud && plays(p.track, p.time)).map((p) => p.time);
  return Math.max(0, longestGap(heard, from, to) - PIECE_MS);
}

// The longest run of concealment on a track that played: consecutive samples of the statistics that each
// contain invented samples are one run, which overstates rather than understates it.
export function concealedGap(taken, from, to) {
  const plays = playsAt(taken.plays);
  const byTrack = new Map();
  for (const c of taken.concealed) byTrack.set(c.track, [...(byTrack.get(c.track) ?? []), c]);
  let longest = 0;
  for (const samples of byTrack.values()) {
    let run = 0;
    for (let i = 1; i < samples.length; i++) {
      const { at, track, concealed, total } = samples[i];
      const invented = concealed - samples[i - 1].concealed;
      const ms = total > samples[i - 1].total && at >= from && at <= to && plays(track, at) ? invented / 48 : 0;
      run = ms > 0 ? run + ms : 0;
      longest = Math.max(longest, run);
    }
  }
  return longest;
}

export const audioGap = (taken, from, to) => Math.max(silenceGap(taken, from, to), concealedGap(taken, from, to));

export function percentile(values, p) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((p / 100) * sorted.length) - 1)];
}
