// Rows of figures, as every benchmark of the project gives them, and the table of them.
import { percentile } from './series.mjs';

const rounded = (value) => (Number.isFinite(value) ? Math.round(value * 10 ** (Math.abs(value) < 10 ? 2 : 1)) / 10 ** (Math.abs(value) < 10 ? 2 : 1) : null);

// One figure over several runs. goal: {most} or {least}. A run that never got there counts as worse than any other.
export function figure({ id, goalId, what, values, p, unit, most, least, how, ...extra }) {
  const worstFirst = least !== undefined;
  const value = percentile(worstFirst ? values.map((v) => -v) : values, p) * (worstFirst ? -1 : 1);
  const pass = values.length > 0 && (worstFirst ? value >= least : value <= most);
  return {
    id, q: goalId, what: `${what}, p${p} of ${values.length}`, value: rounded(value), unit,
    goal: worstFirst ? `>= ${least} ${unit}` : `<= ${most} ${unit}`, pass: Number.isFinite(value) && pass,
    ...(Number.isFinite(value) ? {} : { missing: values.length === 0 ? 'not measured' : 'not reached within the time of the run' }),
    how, runs: values.map(rounded), ...extra,
  };
}

// The median and the bad end: p50 and p95 (of a figure that is to be large, the low end).
export const pair = (spec, [goal50, goal95]) => [[50, goal50], [95, goal95]].map(([p, goal]) => figure({
  ...spec, id: `${spec.id}_p${p}`, p, ...(spec.large ? { least: goal, large: undefined } : { most: goal }),
}));

export function failed(name, error) {
  return { id: name, q: name, what: name, value: null, unit: '', goal: '', pass: false, missing: 'failed', error: String(error.stack ?? error).slice(0, 3000) };
}

const shown = (r) => (r.value === null ? r.missing : `${r.value} ${r.unit}`);

export function table(rows) {
  return ['| goal | what | measured | goal | met |', '| --- | --- | --- | --- | --- |',
    ...rows.map((r) => `| ${r.q} | ${r.what} | ${shown(r)} | ${r.goal} | ${r.pass ? 'yes' : '**no**'} |`)].join('\n');
}

// Rows measured now in place of those of the same goal that an earlier run left.
export function merge(former, rows) {
  const renewed = new Set(rows.map((r) => r.q));
  const order = (r) => Number(/\d+/.exec(r.q)?.[0] ?? 99);
  return [...former.filter((r) => !renewed.has(r.q)), ...rows].sort((a, b) => order(a) - order(b));
}
