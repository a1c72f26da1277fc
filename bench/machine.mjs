// Where and on what figures were measured: the head of every results file.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const git = (...args) => execFileSync('git', ['-C', ROOT, ...args], { encoding: 'utf8' }).trim();

export function machine(command) {
  const model = /model name\s*:\s*(.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown processor';
  return {
    machine: `${cpus().length} x ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: release(),
    commit: git('rev-parse', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') ? '-dirty' : ''),
    date: new Date().toISOString(),
    command,
    load_before: loadavg().map((n) => Math.round(n * 10) / 10),      // figures of a machine that is busy otherwise say little
  };
}
