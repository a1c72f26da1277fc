// The arithmetic behind the benchmark's figures has tests of its own.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from '../suite.mjs';

test('the benchmark measures gaps rightly', async () => {
  await promisify(execFile)(process.execPath, ['--test', fileURLToPath(new URL('../../../bench/gaps.test.mjs', import.meta.url))]);
});
