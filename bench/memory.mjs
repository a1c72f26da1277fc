// Proportional set size of processes: private memory plus a fair share of what is shared (proc(5), smaps_rollup).
import { readFileSync } from 'node:fs';

export function pssKb(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)[1]);
}

// {total, parts: {role: kB}} of a server started by tests/e2e/server.mjs, the supervisor too.
export function serverMemory(server) {
  const parts = { supervisor: pssKb(server.pid) };
  for (const p of server.processes()) parts[p.role] = (parts[p.role] ?? 0) + pssKb(p.pid);
  return { total: Object.values(parts).reduce((a, b) => a + b, 0), parts };
}
