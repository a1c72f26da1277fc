import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plots } from './sfu-plots.mjs';
import { windowsOf } from './sfu-processes.mjs';
import { limitOf, nsPerPacket, row, table } from './sfu-rows.mjs';

const second = (i) => ({ at_s: i, in_per_s: 1000 });
const sample = (i) => ({ cpu: { media: i * 2e6, control: i * 1e3 } });

test('windowsOf divides CPU time by the packets of the same seconds', () => {
  const count = 8;
  const windows = windowsOf(Array.from({ length: count }, (_, i) => sample(i)), Array.from({ length: count }, (_, i) => second(i)), 3);
  assert.equal(windows.length, 2);
  assert.equal(windows[0].packets, 3000);
  assert.equal(windows[0].cores.media, 0.002);
  assert.deepEqual(nsPerPacket([{ windows }]), [2000, 2000]);
  assert.deepEqual(nsPerPacket([{ windows }], 'control'), [1, 1]);
});

test('a row meets its goal by the median of what was measured', () => {
  assert.equal(row({ id: 'a', what: 'a', unit: 'ns', values: [1, 9, 2], most: 2 }).pass, true);
  assert.equal(row({ id: 'a', what: 'a', unit: '/s', values: [1, 9, 2], least: 3 }).pass, false);
  assert.equal(row({ id: 'a', what: 'a', unit: '/s', values: [1] }).pass, null);
  const none = row({ id: 'a', what: 'a', unit: 'ns', values: [], most: 2 });
  assert.deepEqual([none.value, none.pass, none.missing], [null, false, 'not measured']);
});

test('what limited or disturbed a run stands in the row and in the table', () => {
  const quiet = { report: { generator_limited: false, generator_limits: [] }, others: 0.02 };
  const busy = { report: { generator_limited: true, generator_limits: ['thread 0 ran for 95 % of the time'] }, others: 0.4 };
  assert.deepEqual(limitOf([quiet]), { others_cores: 0.02 });
  assert.deepEqual(limitOf([quiet, busy]), { limited: 'generator', limits: ['thread 0 ran for 95 % of the time'], others_cores: 0.4, disturbed: true });
  assert.match(table([row({ id: 'a', what: 'a', unit: 'ns', values: [5], ...limitOf([busy]) })]), /\| a \| 5 ns ¹ ² \| {2}\| {2}\|/);
});

test('pictures are drawn of what is there', () => {
  assert.deepEqual(plots([]), []);
  const rows = [10, 100].flatMap((n) => ['ns', 'packets', 'delay_p50', 'delay_p99'].map((suffix) => ({ id: `one_to_${n}_${suffix}`, value: n })));
  const [picture] = plots(rows);
  assert.equal(picture.name, 'sfu-one-to-many.svg');
  assert.match(picture.text, /receivers/);
});
