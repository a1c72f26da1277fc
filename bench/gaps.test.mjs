import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audioGap, concealedGap, decodedGap, longestGap, percentile, silenceGap, videoGap } from './gaps.mjs';

const range = (from, to, step) => Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step);

test('longestGap counts the ends', () => {
  assert.equal(longestGap([], 0, 50), 50);
  assert.equal(longestGap([10, 20, 45], 0, 50), 25);
});

test('videoGap follows one person over elements', () => {
  const frames = [...range(0, 1000, 33).map((at) => ({ id: 1, at })), ...range(1200, 2000, 33).map((at) => ({ id: 1, at })), ...range(0, 2000, 33).map((at) => ({ id: 2, at }))];
  const gap = videoGap({ frames }, 1, 0, 2000);
  assert.ok(gap > 200 && gap < 240, String(gap));
});

test('decodedGap follows one person over tracks', () => {
  const of = (track, from, to) => range(from, to, 33).map((at) => ({ track, at }));
  const decoded = [...of('p2p', 0, 1000), ...of('sfu', 900, 1500), ...of('sfu', 1700, 2000), ...of('other', 0, 2000)];
  const gap = decodedGap({ decoded, owners: { p2p: 1, sfu: 1, other: 2 } }, 1, 0, 2000);
  assert.ok(gap > 180 && gap < 250, String(gap));
});

const piece = (track, stamp, loud = true) => ({ track, stamp, at: stamp + 500 + Math.random() * 30, loud });
const plays = (list) => range(0, 3000, 20).map((at) => ({ at, tracks: list(at) }));

test('a switch from one playing track to another is no gap; a muted track is', () => {
  const pieces = [...range(0, 1500, 10).map((t) => piece('a', t)), ...range(500, 3000, 10).map((t) => piece('b', t))];
  const whole = { pieces, concealed: [], plays: plays((at) => (at < 1500 ? ['a'] : ['b'])) };
  assert.ok(silenceGap(whole, 600, 2400) <= 50);
  const broken = { pieces, concealed: [], plays: plays((at) => (at < 1500 ? ['a'] : at < 1800 ? [] : ['b'])) };
  assert.ok(silenceGap(broken, 600, 2400) >= 250);
});

test('concealed samples of a playing track are a gap', () => {
  const concealed = range(0, 3000, 60).map((at) => ({ at, track: 'a', total: at * 48, concealed: at < 1200 ? 0 : Math.min(at - 1200, 180) * 48 }));
  const taken = { pieces: [], concealed, plays: plays(() => ['a']) };
  assert.equal(concealedGap(taken, 0, 3000), 180);
  assert.equal(concealedGap({ ...taken, plays: plays(() => []) }, 0, 3000), 0);
  assert.equal(audioGap({ ...taken, pieces: range(0, 2600, 10).map((t) => piece('a', t)) }, 600, 2400), 180);
});

test('percentile is the nearest rank', () => {
  assert.equal(percentile(range(1, 21, 1), 50), 10);
  assert.equal(percentile(range(1, 21, 1), 95), 19);
});
