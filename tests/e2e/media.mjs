// What a test may say about media: that frames decode, that audio plays, whose picture and tone it is.
// Nothing here asserts a frame rate or a time: a busy machine is slow, not wrong.
import { setTimeout as sleep } from 'node:timers/promises';

export const WAIT_MS = 30_000;
export const SCREEN = 128;
export const SCREEN_TONE = 12;
export const toneHz = (id) => 320 + 110 * id;

// Asks until `probe` gives something true; says at the end what was seen last.
export async function until(what, probe, { timeout = WAIT_MS, every = 250 } = {}) {
  const end = Date.now() + timeout;
  let last;
  for (;;) {
    try {
      last = await probe();
      if (last?.ok ?? last) return last;
    } catch (e) {
      if (/closed|crashed/i.test(e.message)) throw new Error(`${what}: ${e.message}`);
      last = e.message;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${timeout / 1000} s; last: ${JSON.stringify(last)}`);
    await sleep(every);
  }
}

export const stats = (page) => page.evaluate(() => window.__e2e.stats());
export const videos = (page) => page.evaluate(() => window.__e2e.videos());

const inbound = (legs, kind) => legs.flatMap((l) => l.inbound.filter((i) => i.kind === kind).map((i) => ({ ...i, leg: l.index, sfu: l.sfu })));
const keyOf = (s) => `${s.leg}/${s.ssrc}`;

// The decoded-frame counters of every received video stream, by leg and SSRC.
export async function decodedFrames(page) {
  return new Map(inbound(await stats(page), 'video').map((s) => [keyOf(s), s.framesDecoded]));
}

// How many of the received video streams decoded new frames since `before`.
export function growing(before, after, least = 3) {
  return [...after].filter(([k, n]) => n - (before.get(k) ?? 0) >= least).length;
}

// Every other one of `ids` is on a <video> of this page, and decodes.
export async function sees(participant, ids, options = {}) {
  const before = await decodedFrames(participant.page);
  return until(`${participant.name} decodes and shows ${ids.join(', ')}`, async () => {
    const shown = (await videos(participant.page)).filter((v) => v.width > 0 && !v.paused).map((v) => v.id);
    const missing = ids.filter((id) => !shown.includes(id));
    const moving = growing(before, await decodedFrames(participant.page));
    return { ok: missing.length === 0 && moving >= ids.length, missing, shown, moving };
  }, options);
}

export async function seesNot(participant, id, options = {}) {
  return until(`${participant.name} no longer shows ${id}`, async () => {
    const shown = (await videos(participant.page)).map((v) => v.id);
    return { ok: !shown.includes(id), shown };
  }, options);
}

// Audio arrives with energy, at least `count` streams of it, and grows.
export async function hears(participant, count = 1, options = {}) {
  const before = await energies(participant);
  return until(`${participant.name} hears ${count}`, async () => {
    const after = await energies(participant);
    return { ok: sounding(before, after) >= count, heard: sounding(before, after), energies: [...after.values()] };
  }, options);
}

// How many audio streams gained energy within `ms`.
export async function soundingStreams(participant, ms) {
  const before = await energies(participant);
  await sleep(ms);
  return sounding(before, await energies(participant));
}

const energies = async (participant) =>
  new Map(inbound(await stats(participant.page), 'audio').map((s) => [keyOf(s), s.totalAudioEnergy]));
const sounding = (before, after) => [...after].filter(([k, e]) => e > (before.get(k) ?? 0) + 1e-4).length;

// The tones that reach this page are those of `ids` (an FFT of what was decoded, not a statistic).
export async function hearsTonesOf(participant, ids, options = {}) {
  return until(`${participant.name} hears the tones of ${ids.join(', ')}`, async () => {
    const tones = (await participant.page.evaluate(() => window.__e2e.tones())).filter((t) => t.db > -60);
    const missing = ids.filter((id) => !tones.some((t) => Math.abs(t.hz - toneHz(id)) < 25));
    return { ok: missing.length === 0, missing, tones };
  }, { timeout: 45_000, ...options });
}

// Frames keep decoding on every video stream of every page, for `ms`, looked at in slices: no stream may
// stand still for a whole slice.
export async function keepDecoding(participants, streamsEach, ms, slice = 5000) {
  const end = Date.now() + ms;
  let before = await Promise.all(participants.map((p) => decodedFrames(p.page)));
  const smallest = [];
  while (Date.now() < end) {
    await sleep(slice);
    const after = await Promise.all(participants.map((p) => decodedFrames(p.page)));
    participants.forEach((p, i) => {
      const moving = growing(before[i], after[i], 1);
      if (moving < streamsEach) {
        const still = [...after[i]].filter(([k, n]) => n - (before[i].get(k) ?? 0) < 1);
        throw new Error(`${p.name}: only ${moving} of ${streamsEach} streams decoded within ${slice} ms; still: ${JSON.stringify(still)}`);
      }
    });
    smallest.push(Math.min(...participants.map((p, i) => Math.min(...[...after[i]].map(([k, n]) => n - (before[i].get(k) ?? 0)).filter((n) => n > 0)))));
    before = after;
  }
  return smallest;
}

// The leg that carries media now: {local, remote} of its selected pair.
export async function path(participant) {
  const legs = (await stats(participant.page)).filter((l) => l.state === 'connected' && l.pair);
  return legs.at(-1);
}

export async function onLeg(participant, kind, options = {}) {
  return until(`${participant.name} is on the ${kind} leg`, async () => {
    const legs = (await stats(participant.page)).filter((l) => l.state === 'connected');
    return { ok: legs.length === 1 && legs[0].sfu === (kind === 'sfu'), legs: legs.map((l) => (l.sfu ? 'sfu' : 'p2p')) };
  }, { timeout: 45_000, ...options });
}

// Two pictures without a code are the same scene: correlation of 8x8 thumbnails.
export function correlation(a, b) {
  const mean = (v) => v.reduce((x, y) => x + y, 0) / v.length;
  const ma = mean(a);
  const mb = mean(b);
  let ab = 0;
  let aa = 0;
  let bb = 0;
  a.forEach((x, i) => {
    ab += (x - ma) * (b[i] - mb);
    aa += (x - ma) ** 2;
    bb += (b[i] - mb) ** 2;
  });
  return aa && bb ? ab / Math.sqrt(aa * bb) : 0;
}
