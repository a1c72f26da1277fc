// A server under joins and leaves for hours (tests/fault/soaking.py). Prints the table; writes soak.{json,md}. Needs root, to see
// descriptors of processes that gave theirs up.
// Usage: bench/run --suite soak [--hours H] [--per-minute N] [--into DIR]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine } from './machine.mjs';
import { Results, RESULTS } from './results.mjs';
import { table } from './sfu-rows.mjs';
import { soakRows } from './soak-rows.mjs';

const { values: options } = parseArgs({ options: {
  hours: { type: 'string', default: '2' }, 'per-minute': { type: 'string', default: '180' }, into: { type: 'string', default: RESULTS },
} });

function soak() {
  const scratch = mkdtempSync(join(tmpdir(), 'parley-soak-'));
  const path = join(scratch, 'soak.json');
  const program = fileURLToPath(new URL('../tests/fault/soaking.py', import.meta.url));
  try {
    const { status } = spawnSync('python3', [program, '--hours', options.hours, '--per-minute', options['per-minute'], '--json', path], { stdio: 'inherit' });
    if (status !== 0) throw new Error(`soaking.py: exit ${status}`);
    return JSON.parse(readFileSync(path, 'utf8'));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const head = machine(`make soak HOURS=${options.hours} PER_MINUTE=${options['per-minute']}`);
const results = new Results({ into: options.into, name: 'soak', title: 'Joins and leaves for hours, measured', head, measures: [{ name: 'soak', what: 'what stays' }] });
const report = soak();
const rows = soakRows(report);
results.put('soak', rows);
console.log(table(rows));
process.exit(rows.every((r) => r.pass !== false) ? 0 : 1);
