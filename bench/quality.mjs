// How calls hold up on bad networks, measured with real Chromium behind tests/netlab's link emulator: the goals Q1 … Q24 that
// need real browsers. Prints the table; writes bench/results/quality.{json,md} and plots (SVG) beside them.
// Usage: bench/run --suite quality [--only PATTERN] [--runs N] [--switches N] [--codecs vp8,…] [--list] [--into DIR]
//   [--keep]: what was collected, too, for a look at one run (JSON)
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { closeAll } from '../tests/e2e/browsers.mjs';
import { machine } from './machine.mjs';
import { measures } from './quality-measures.mjs';
import { callPlot } from './quality-plots.mjs';
import { failed, merge, table } from './rows.mjs';

const { values: options } = parseArgs({ options: {
  only: { type: 'string' }, list: { type: 'boolean' }, keep: { type: 'boolean' }, into: { type: 'string', default: fileURLToPath(new URL('results/', import.meta.url)) }, runs: { type: 'string', default: '5' },
  switches: { type: 'string', default: '40' }, codecs: { type: 'string' },
} });

// PATTERN fits a measure's name or one of its goals: --only 'Q3|loss'.
const fits = (m) => !options.only || [m.name, ...m.goals].some((word) => new RegExp(`^(?:${options.only})$`, 'i').test(word));
const chosen = measures.filter(fits);
if (options.list || chosen.length === 0) {
  measures.forEach((m) => console.log(`${m.name}: ${m.goals.join(', ')}`));
  process.exit(options.list ? 0 : 2);
}
if (process.getuid() !== 0) {
  console.error('bench-quality needs root: network namespaces');
  process.exit(2);
}

const RESULTS = options.into.replace(/\/*$/, '/');
const plotted = [];
const plots = (name, taken, title, marks = []) => {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(`${RESULTS}quality-${name}.svg`, callPlot(title, taken, marks));
  if (options.keep) writeFileSync(`${RESULTS}quality-${name}.raw.json`, JSON.stringify({ title, marks, ...taken }));
  plotted.push(name);
};

const head = machine('make bench-quality');
const dated = (row) => ({ ...row, commit: head.commit.slice(0, 12), date: new Date().toISOString() });
let rows = [];
try {
  rows = JSON.parse(readFileSync(`${RESULTS}quality.json`, 'utf8')).rows;
} catch { /* the first time */ }

// Written after each measure: what was measured is not lost when a later one fails.
function write() {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(`${RESULTS}quality.json`, `${JSON.stringify({ ...head, rows }, null, 1)}\n`);
  const notes = new Map(rows.filter((r) => r.how).map((r) => [`${r.q}: ${r.how}`, r]));
  const dates = [...new Set(rows.map((r) => `${r.commit}`))];
  writeFileSync(`${RESULTS}quality.md`, ['# Calls on bad networks, measured', '',
    `${head.machine}; Linux ${head.kernel}; commit ${dates.join(', ')}; ${head.date}; \`${head.command}\``, '',
    'A run that did not get there counts as the worst. Each row of quality.json holds its runs, the commit, and how the machine kept up.', '',
    table(rows), '', ...pictures(), '## How', '', ...[...notes.keys()].map((n) => `- ${n}`), ''].join('\n'));
}

const PICTURES = ['step', 'loss-2', 'loss-5', 'loss-10', 'loss-20', 'publisher-loss'];
function pictures() {
  const there = PICTURES.filter((name) => plotted.includes(name) || rows.some((r) => r.plots?.includes(name)));
  return there.length > 0 ? ['## Pictures', '', ...there.map((name) => `![${name}](quality-${name}.svg)`), ''] : [];
}

const measured = [];
for (const m of chosen) {
  process.stderr.write(`${m.name} (${m.goals.join(', ')}) ...\n`);
  plotted.length = 0;
  let found;
  try {
    found = await m.run({ runs: Number(options.runs), switches: Number(options.switches), codecs: options.codecs?.split(','), plots });
  } catch (e) {
    process.stderr.write(`${e.stack ?? e}\n`);
    found = m.goals.map((goal) => ({ ...failed(m.name, e), q: goal, id: `${m.name}_${goal}` }));
  }
  const renewed = found.map((r) => dated({ ...r, ...(plotted.length > 0 ? { plots: [...plotted] } : {}) }));
  measured.push(...renewed);
  rows = merge(rows, renewed);
  write();
  await closeAll();
}

console.log(table(measured));
process.exit(measured.every((r) => r.pass) ? 0 : 1);
