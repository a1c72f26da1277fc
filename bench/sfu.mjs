// What the server costs and carries: the engine by itself, the whole server under parley load, side by side with Janus, and a
// storm of joins. Prints the table; writes sfu.{json,md} and plots (SVG).
// Usage: bench/run --suite sfu [--only PATTERN] [--list] [--into DIR] [--most N] [--duration S] [--window S] [--runs N]
//   --most: no scene of one speaker with more receivers
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine } from './machine.mjs';
import { measures } from './sfu-measures.mjs';
import { plots } from './sfu-plots.mjs';
import { table } from './sfu-rows.mjs';

const { values: options } = parseArgs({ options: {
  only: { type: 'string' }, list: { type: 'boolean' }, into: { type: 'string', default: fileURLToPath(new URL('results/', import.meta.url)) },
  most: { type: 'string', default: '3000' }, duration: { type: 'string', default: '16' }, window: { type: 'string', default: '3' }, runs: { type: 'string', default: '3' },
} });

const chosen = measures.filter((m) => !options.only || new RegExp(`^(?:${options.only})$`, 'i').test(m.name));
if (options.list || chosen.length === 0) {
  measures.forEach((m) => console.log(`${m.name}: ${m.what}`));
  process.exit(options.list ? 0 : 2);
}

const RESULTS = options.into.replace(/\/*$/, '/');
const head = machine('make bench');
const context = { most: Number(options.most), duration: Number(options.duration), window: Number(options.window), runs: Number(options.runs) };
let rows = [];
try {
  rows = JSON.parse(readFileSync(`${RESULTS}sfu.json`, 'utf8')).rows;
} catch { /* the first time */ }

// Those of a measure that runs again give way; the order is that of the measures.
function merge(former, name, found) {
  const renewed = found.map((r) => ({ ...r, measure: name, commit: head.commit.slice(0, 12), date: new Date().toISOString() }));
  const all = [...former.filter((r) => r.measure !== name), ...renewed];
  return measures.flatMap((m) => all.filter((r) => r.measure === m.name));
}

// Written after each measure: what was measured is not lost when a later one fails.
function write() {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(`${RESULTS}sfu.json`, `${JSON.stringify({ ...head, rows }, null, 1)}\n`);
  const sections = measures.filter((m) => rows.some((r) => r.measure === m.name)).flatMap((m) => {
    const own = rows.filter((r) => r.measure === m.name);
    return [`## ${m.what[0].toUpperCase()}${m.what.slice(1)}`, '', table(own), '', ...[...new Set(own.map((r) => r.how))].filter(Boolean).map((h) => `${h[0].toUpperCase()}${h.slice(1)}.`), ''];
  });
  const pictures = plots(rows);
  for (const { name, text } of pictures) writeFileSync(`${RESULTS}${name}`, text);
  const commits = [...new Set(rows.map((r) => r.commit))];
  writeFileSync(`${RESULTS}sfu.md`, ['# What the server costs and carries, measured', '',
    `${head.machine}; Linux ${head.kernel}; commit ${commits.join(', ')}; ${head.date}; \`${head.command}\``, '',
    'Figures are medians; sfu.json holds what they are of. ¹: the load generator was at its limit, so that the server\'s own figure is no worse. ²: others used more than a tenth of a core meanwhile.', '',
    ...pictures.flatMap(({ name, title }) => [`![${title}](${name})`, '']), ...sections].join('\n'));
}

const measured = [];
for (const m of chosen) {
  process.stderr.write(`${m.name} ...\n`);
  let found;
  try {
    found = await m.run(context);
  } catch (e) {
    process.stderr.write(`${e.stack ?? e}\n`);
    found = [{ id: m.name, what: m.what, value: null, unit: '', goal: '', pass: false, missing: 'failed', error: String(e.stack ?? e).slice(0, 3000) }];
  }
  rows = merge(rows, m.name, found);
  measured.push(...found);
  console.log(table(found));
  write();
}
process.exit(measured.every((r) => r.pass !== false) ? 0 : 1);
