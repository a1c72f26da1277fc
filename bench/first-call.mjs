// The figures of the first call, measured in real browsers on this machine. One row per figure; how each is
// measured stands beside it. Usage: bench/run [--only PATTERN] [--list]
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { closeAll } from '../tests/e2e/browsers.mjs';
import { machine } from './machine.mjs';
import { measures } from './measures.mjs';

const RESULTS = fileURLToPath(new URL('results/', import.meta.url));
const { values: options } = parseArgs({ options: { only: { type: 'string' }, list: { type: 'boolean' } } });

const chosen = measures.filter((m) => !options.only || new RegExp(options.only, 'i').test(m.name));
if (options.list) {
  chosen.forEach((m) => console.log(m.name));
  process.exit(0);
}

const head = machine('make bench-first-call');

function table(rows) {
  const cell = (r) => `| ${r.what} | ${r.value} ${r.unit} | ${r.goal} | ${r.pass ? 'yes' : '**no**'} |`;
  return ['| what | measured | at most | met |', '| --- | --- | --- | --- |', ...rows.map(cell)].join('\n');
}

const rows = [];
for (const measure of chosen) {
  process.stderr.write(`${measure.name} ...\n`);
  try {
    rows.push(...await measure.run());
  } catch (e) {
    rows.push({ id: measure.name, what: measure.name, value: 'failed', unit: '', goal: '', pass: false, error: String(e.stack ?? e).slice(0, 3000) });
    process.stderr.write(`${e.stack ?? e}\n`);
  }
  await closeAll();
}

console.log(table(rows));
if (options.only) {
  console.log(JSON.stringify(rows, null, 1));
  console.log('(a part of the figures: nothing written)');
} else {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(`${RESULTS}first-call.json`, `${JSON.stringify({ ...head, rows }, null, 1)}\n`);
  const notes = rows.filter((r) => r.how).map((r) => `- ${r.what}: ${r.how}`);
  writeFileSync(`${RESULTS}first-call.md`, [`# The first call, measured`, '',
    `${head.machine}; Linux ${head.kernel}; commit ${head.commit.slice(0, 12)}; ${head.date}; \`${head.command}\``, '',
    table(rows), '', '## How', '', ...notes, ''].join('\n'));
}
process.exit(rows.every((r) => r.pass) ? 0 : 1);
