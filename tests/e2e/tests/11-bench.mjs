// The arithmetic behind the benchmark's figures has tests of its own.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from '../suite.mjs';

test('the benchmarks reckon rightly', async () => {
  const tests = ['gaps', 'quality', 'faults'].map((name) => fileURLToPath(new URL(`../../../bench/${name}.test.mjs`, import.meta.url)));
  await promisify(execFile)(process.execPath, ['--test', ...tests]);
});
