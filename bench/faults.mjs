// How long a call is without what it needs when a process dies or is replaced. Prints the tables; writes faults.{json,md}.
// Usage: bench/run --suite faults [--only PATTERN] [--list] [--into DIR] [--runs N]
import { parseArgs } from 'node:util';
import { closeAll } from '../tests/e2e/browsers.mjs';
import { measures } from './faults-measures.mjs';
import { machine } from './machine.mjs';
import { Results, RESULTS } from './results.mjs';
import { missing, table } from './sfu-rows.mjs';

const { values: options } = parseArgs({ options: {
  only: { type: 'string' }, list: { type: 'boolean' }, into: { type: 'string', default: RESULTS }, runs: { type: 'string', default: '20' },
} });
const runs = Number(options.runs);
const chosen = measures.filter((m) => !options.only || new RegExp(`^(?:${options.only})$`, 'i').test(m.name));
if (options.list || chosen.length === 0 || !(runs >= 1)) {
  measures.forEach((m) => console.log(`${m.name}: ${m.what}`));
  process.exit(options.list ? 0 : 2);
}

const results = new Results({ into: options.into, name: 'faults', title: 'Faults under calls, measured', head: machine(['bench/run', '--suite', 'faults', ...process.argv.slice(2)].join(' ')), measures });
let fine = true;
for (const m of chosen) {
  process.stderr.write(`${m.name} ...\n`);
  let rows;
  try {
    rows = await m.run({ runs });
  } catch (e) {
    process.stderr.write(`${e.stack ?? e}\n`);
    rows = [{ ...missing(m.name, m.what, 'failed'), pass: false, error: String(e.stack ?? e).slice(0, 3000) }];
  }
  await closeAll();
  results.put(m.name, rows);
  console.log(table(rows));
  fine = fine && rows.every((r) => r.pass !== false);
}
process.exit(fine ? 0 : 1);
