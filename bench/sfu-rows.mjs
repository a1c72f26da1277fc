// Rows of the SFU's figures out of runs of sfu-load.mjs.
import { percentile, sum } from './series.mjs';

const DIGITS = 3;
const BUSY = 0.1;       // cores that others used, above which a figure says little
const rounded = (value) => (Number.isFinite(value) ? Number(value.toPrecision(Math.abs(value) >= 1000 ? 6 : DIGITS)) : null);
export const median = (values) => percentile(values, 50);

// One figure. values: of several windows or runs, of which the median counts. most, least: the goal; neither: told only.
export function row({ id, what, values, unit, most, least, how, ...extra }) {
  const value = values.length > 0 ? median(values) : Number.NaN;
  const met = least === undefined ? value <= most : value >= least;
  const goal = least !== undefined ? `>= ${least} ${unit}` : most !== undefined ? `<= ${most} ${unit}` : '';
  return {
    id, what, value: rounded(value), unit, goal: goal.trim(), pass: goal === '' ? null : Number.isFinite(value) && met,
    ...(Number.isFinite(value) ? {} : { missing: 'not measured' }), how, runs: values.map(rounded), ...extra,
  };
}

export const missing = (id, what, why, how) => ({ id, what, value: null, unit: '', goal: '', pass: null, missing: why, how });

// ---- of runs -----------------------------------------------------------------------------------

const windows = (runs) => runs.flatMap((r) => r.windows);
export const nsPerPacket = (runs, role = 'media') => windows(runs).map((w) => w.ns[role] / w.packets);
export const packetsPerSecond = (runs) => windows(runs).map((w) => w.perSecond);
export const cores = (runs, role = 'media') => windows(runs).map((w) => w.cores[role]);

// Why figures of a run are not the server's alone; undefined: they are.
export function limitOf(runs) {
  const others = Math.max(0, ...runs.map((r) => r.others ?? 0));
  return { ...generatorOf(runs), others_cores: rounded(others), ...(others > BUSY ? { disturbed: true } : {}) };
}

function generatorOf(runs) {
  const reasons = new Set(runs.filter((r) => r.report.generator_limited).flatMap((r) => r.report.generator_limits.map((text) => text.replace(/\d+(\.\d+)?/g, (n) => String(Math.round(n))))));
  return reasons.size > 0 ? { limited: 'generator', limits: [...reasons].slice(0, 4) } : {};
}

// What one scene cost and how it came through. heard: all that is published is meant to reach everybody who watches.
export function sceneRows(id, what, runs, how, { heard = false } = {}) {
  const limit = limitOf(runs);
  const one = (suffix, text, unit, values, goal = {}) => row({ id: `${id}_${suffix}`, what: `${what}: ${text}`, unit, values, how, ...goal, ...limit });
  const last = runs.at(-1);
  const joined = sum(runs.map((r) => r.report.joins.wanted - r.report.joins.joined));
  return [
    one('ns', 'media CPU per forwarded packet', 'ns', nsPerPacket(runs), { command: last.command }),
    one('packets', 'packets out', '/s', packetsPerSecond(runs)),
    one('cores', 'media processes, of a core', '', cores(runs)),
    one('control', 'control and supervisor, of a core', '', cores(runs, 'control')),
    one('lost', 'lost', '%', runs.map((r) => 100 * r.report.loss.lost_ratio)),
    ...(heard ? [one('delivered', 'of what was published to them reached viewers', '%', runs.map((r) => 100 * r.report.received.delivered_ratio))] : []),
    one('delay_p50', 'one-way delay to the viewer\'s socket, p50', 'ms', runs.map((r) => r.report.delay_to_socket_ms.p50)),
    one('delay_p99', 'the same, p99', 'ms', runs.map((r) => r.report.delay_to_socket_ms.p99)),
    one('rss', 'memory (RSS) of the media processes', 'MB', runs.map((r) => r.rss.media / 1024)),
    ...(joined > 0 ? [row({ id: `${id}_absent`, what: `${what}: did not get in`, unit: '', values: [joined], most: 0, how, reasons: last.report.joins.failures })] : []),
  ];
}

export function table(rows) {
  const value = (r) => (r.value === null ? r.missing : `${r.value} ${r.unit}`.trim()) + (r.limited ? ' ¹' : '') + (r.disturbed ? ' ²' : '');
  const met = (r) => (r.pass === null ? '' : r.pass ? 'yes' : '**no**');
  return ['| what | measured | goal | met |', '| --- | --- | --- | --- |', ...rows.map((r) => `| ${r.what} | ${value(r)} | ${r.goal} | ${met(r)} |`)].join('\n');
}
