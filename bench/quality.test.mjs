import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plot, step } from './plot.mjs';
import { crowdOf, SETTLE_S } from './quality-crowd.mjs';
import { wav } from './quality-speech.mjs';
import { figure, merge, pair, table } from './rows.mjs';
import { change, concealedPercent, freezes, frozenMs, growth, heightChanges, heldMean, NEVER, percentile, rates, settled, timeTo, together } from './series.mjs';

const every = (ms, from, to, height = 720) => Array.from({ length: Math.floor((to - from) / ms) }, (_, i) => ({ at: from + i * ms, height }));

test('percentile: nearest rank, and what never came is the worst', () => {
  assert.equal(percentile([3, 1, 2], 50), 2);
  assert.equal(percentile([1, NEVER, 2, NEVER], 50), 2);
  assert.equal(percentile([1, NEVER, 2, NEVER], 95), NEVER);
  assert.equal(percentile([], 50), NEVER);
});

test('timeTo counts from the event, not from before it', () => {
  const frames = [...every(33, 0, 1000, 360), ...every(33, 1000, 2000, 720)];
  assert.equal(timeTo(frames, 500, (f) => f.height >= 720), 500);
  assert.equal(timeTo(frames, 2500, (f) => f.height >= 720), NEVER);
});

test('change: what was lost and repaired is not lost', () => {
  const samples = [4, 9, 5, 8, 5].map((lost, i) => ({ at: i * 250, lost }));
  assert.equal(change(samples, 'lost', 0, 1000), 1);
  assert.equal(change(samples, 'lost', 250, 1000), -4);
  assert.equal(change([], 'lost', 0, 1000), 0);
});

test('settled: the last sample, once its counter stands still', () => {
  const samples = [0, 5, 9, 9, 9].map((received, i) => ({ at: i * 250, received }));
  assert.equal(settled(samples, 'received', 500).received, 9);
  assert.equal(settled(samples, 'received', 501), null);
  assert.equal(settled(samples.slice(0, 3), 'received', 1), null);
  assert.equal(settled(samples.slice(3), 'received', 250).at, 1000);
});

test('a freeze is what webrtc-stats calls one', () => {
  const frames = [...every(33, 0, 1000), ...every(33, 1130, 2000), ...every(33, 2400, 3000)];
  const found = freezes(frames, 0, 3000);
  assert.equal(found.length, 1);                       // 173 ms is none, 445 ms is one
  assert.ok(found[0].ms > 430 && found[0].ms < 460, JSON.stringify(found));
});

test('a freeze that is cut by the window, that has not ended, and one from the start', () => {
  const frames = every(33, 0, 1000);
  assert.equal(Math.round(frozenMs(frames, 2000, 5000)), 3000);
  assert.ok(Math.abs(frozenMs(frames, 0, 5000) - 4010) < 40);
  assert.equal(frozenMs([], 100, 600), 500);
  assert.equal(frozenMs(frames, 0, 900), 0);
});

test('pictures at 7.5 a second are slow, not frozen', () => {
  assert.equal(frozenMs(every(133, 0, 8000), 2000, 7900), 0);
});

test('a change of layer: when, between which, how long nothing came', () => {
  const frames = [...every(33, 0, 990), ...every(33, 1200, 2000, 180)];
  const [change, ...none] = heightChanges(frames);
  assert.deepEqual(none, []);
  assert.equal(change.from, 720);
  assert.equal(change.to, 180);
  assert.equal(change.gap, 1200 - frames.filter((f) => f.at < 1000).at(-1).at);
});

test('counters: growth, also over a new beginning, and rates', () => {
  const samples = [{ at: 0, bytes: 1000 }, { at: 1000, bytes: 2000 }, { at: 2000, bytes: 500 }, { at: 3000, bytes: 1500 }];
  assert.equal(growth(samples, 'bytes', 0, 3000), 2500);
  assert.equal(growth(samples, 'bytes', 1000, 2000), 500);
  assert.deepEqual(rates(samples), [{ at: 1000, kbps: 8 }, { at: 3000, kbps: 8 }]);
});

test('streams sampled at the same moments add up', () => {
  assert.deepEqual(together([[{ at: 0, bytes: 1 }, { at: 5, bytes: 2 }], [{ at: 5, bytes: 10 }]], 'bytes'), [{ at: 0, bytes: 1 }, { at: 5, bytes: 12 }]);
});

test('concealment is a share of what was played', () => {
  const stream = [{ at: 0, concealed: 0, total: 0 }, { at: 1000, concealed: 480, total: 48_000 }, { at: 2000, concealed: 480, total: 96_000 }];
  assert.equal(concealedPercent([stream], 0, 1000), 1);
  assert.equal(concealedPercent([stream], 0, 2000), 0.5);
  assert.equal(concealedPercent([], 0, 2000), NEVER);
});

test('a held value is weighed by how long it held', () => {
  const series = [{ at: 0, kbps: 1000 }, { at: 9000, kbps: 2000 }];
  assert.equal(heldMean(series, 0, 10_000), 1100);
  assert.equal(heldMean(series, 9500, 10_000), 2000);
  assert.ok(Number.isNaN(heldMean([], 0, 1)));
});

test('a row passes by its goal, whichever way it points; what never came fails', () => {
  const most = figure({ id: 'a', goalId: 'Q3', what: 'time', values: [0.4, 0.5, 0.9], p: 50, unit: 's', most: 0.8 });
  assert.deepEqual([most.value, most.goal, most.pass, most.what], [0.5, '<= 0.8 s', true, 'time, p50 of 3']);
  const least = figure({ id: 'b', goalId: 'Q8', what: 'estimate', values: [95, 70, 92], p: 95, unit: '%', least: 90 });
  assert.deepEqual([least.value, least.pass], [70, false]);
  const never = figure({ id: 'c', goalId: 'Q5', what: 'back', values: [3, NEVER], p: 95, unit: 's', most: 8 });
  assert.deepEqual([never.value, never.pass], [null, false]);
  assert.match(table([never]), /not reached/);
  assert.equal(figure({ id: 'd', goalId: 'Q5', what: 'none', values: [], p: 50, unit: 's', most: 1 }).pass, false);
  assert.deepEqual(pair({ id: 'e', goalId: 'Q8', what: 'x', values: [90, 95], unit: '%', large: true }, [90, 80]).map((r) => [r.id, r.goal, r.pass]),
    [['e_p50', '>= 90 %', true], ['e_p95', '>= 80 %', true]]);
});

test('rows of a part of the goals replace those, and no others', () => {
  const merged = merge([{ q: 'Q3', id: 'old' }, { q: 'Q15', id: 'kept' }], [{ q: 'Q3', id: 'new' }, { q: 'Q1', id: 'first' }]);
  assert.deepEqual(merged.map((r) => r.id), ['first', 'new', 'kept']);
});

test('a plot is well-formed, and shows every series', () => {
  assert.deepEqual([step(100, 10), step(37, 10), step(0.9, 4)], [10, 5, 0.5]);
  const svg = plot({ title: 'a < b', seconds: 20, marks: [{ at: 10, name: 'step' }], panels: [
    { label: 'kbit/s', series: [{ name: 'link', stepped: true, points: [[0, 2500], [10, 500]] }, { name: 'got', points: [[0, 100], [1, Number.NaN], [2, 300]] }] },
    { label: 'lines', least: 720, series: [{ name: 'picture', stepped: true, points: [] }] },
  ] });
  assert.equal(svg.match(/<svg/g).length, 1);
  assert.match(svg, /a &lt; b/);
  assert.match(svg, />link</);
  assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
  const tags = [...svg.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)];
  const depth = tags.reduce((n, [, close, , self]) => n + (close ? -1 : self ? 0 : 1), 0);
  assert.equal(depth, 0);
});

test('a sound file says how long it is', () => {
  const file = wav({ rate: 48_000, base64: Buffer.from([1, 0, 2, 0]).toString('base64') });
  assert.equal(file.length, 48);
  assert.deepEqual([file.readUInt32LE(4), file.readUInt32LE(24), file.readUInt32LE(28), file.readUInt32LE(40), file.readInt16LE(46)], [40, 48_000, 96_000, 4, 2]);
});

test('crowdOf: from the first join until a while after the last', () => {
  const spread = { p50: 80, max: 1700 };
  const crowd = crowdOf({ started_at_ms: 5000, joins: { took_s: 4.9, joined: 49, with_key_frame: 48, first_key_frame_ms: spread } });
  assert.deepEqual(crowd, { from: 5000, to: 9900 + SETTLE_S * 1000, took_s: 4.9, joined: 49, seeing: 48, keyFrameMs: spread });
});
