// Pictures of sfu.json's rows: cost, rate and delay over the number of receivers, and one core's end. Pure: rows in, SVG out.
import { plot } from './plot.mjs';

const COUNTS = [10, 50, 100, 500, 1000, 3000];

// [[receivers, value]] of the rows whose id is before + receivers + after.
function over(rows, before, after, scale = 1) {
  const found = COUNTS.map((n) => [n, rows.find((r) => r.id === `${before}${n}${after}`)?.value]);
  return found.filter(([, value]) => Number.isFinite(value)).map(([n, value]) => [n, value / scale]);
}

const last = (points) => Math.max(...points.map(([n]) => n));

function oneToMany(rows) {
  const cost = over(rows, 'one_to_', '_ns', 1000);
  if (cost.length < 2) return [];
  const title = 'One speaker, many receivers, one core';
  return [{ name: 'sfu-one-to-many.svg', title, text: plot({
    title, seconds: last(cost), unit: 'receivers', panels: [
      { label: 'media CPU, µs per packet', series: [{ name: 'Parley', points: cost }] },
      { label: 'thousand packets/s', series: [{ name: 'to viewers', points: over(rows, 'one_to_', '_packets', 1000) }] },
      { label: 'delay to the socket, ms', series: [{ name: 'p50', points: over(rows, 'one_to_', '_delay_p50') }, { name: 'p99', points: over(rows, 'one_to_', '_delay_p99') }] },
    ] }) }];
}

function besideJanus(rows) {
  const of = (suffix, scale) => [['Parley', 'parley'], ['Janus', 'janus']].map(([name, id]) => ({ name, points: over(rows, 'beside_one_to_', `_${id}_${suffix}`, scale) }));
  const cost = of('ns', 1000);
  if (cost.some((s) => s.points.length < 2)) return [];
  const title = 'Beside Janus: the same streams, the same clients';
  return [{ name: 'sfu-janus.svg', title, text: plot({
    title, seconds: last(cost[0].points), unit: 'receivers', panels: [
      { label: 'media CPU, µs per packet', series: cost },
      { label: 'delay to the socket, p99, ms', series: of('delay_p99') },
      { label: 'memory (RSS), MB', series: of('rss') },
    ] }) }];
}

function end(rows) {
  const steps = rows.find((r) => r.id === 'capacity')?.steps?.toSorted((a, b) => a.receivers - b.receivers);
  if (!steps || steps.length < 2) return [];
  const title = 'The end of one core: receivers are added';
  const of = (field, scale = 1) => steps.map((s) => [s.receivers, s[field] / scale]);
  return [{ name: 'sfu-capacity.svg', title, text: plot({
    title, seconds: steps.at(-1).receivers, unit: 'receivers', panels: [
      { label: 'thousand packets/s', series: [{ name: 'to viewers', points: of('packets', 1000) }] },
      { label: 'of the core', least: 1, series: [{ name: 'media', points: of('cores') }] },
      { label: 'delay to the socket, ms', series: [{ name: 'p50', points: of('p50') }, { name: 'p99', points: of('p99') }] },
    ] }) }];
}

export const plots = (rows) => [...oneToMany(rows), ...besideJanus(rows), ...end(rows)];
