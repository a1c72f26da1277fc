// What processes used, from /proc: CPU time in nanoseconds and resident memory. Pure reading; started and ended elsewhere.
import { readdirSync, readFileSync } from 'node:fs';

// schedstat counts in nanoseconds where stat counts in ticks of 10 ms, too coarse for a server that is hardly busy.
export function cpuNs(pid) {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]))
    .reduce((a, b) => a + b, 0);
}

export function rssKb(pid) {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
}

// CPU time of all cores so far, idle and waiting left out, what a hypervisor took away included.
export function busyNs() {
  const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) * 1e7;      // in ticks of 10 ms
}

// {role: sum} of {role: [pid]}.
export const sums = (pids, of) => Object.fromEntries(Object.entries(pids).map(([role, list]) => [role, list.map(of).reduce((a, b) => a + b, 0)]));

// CPU ns of each role per packet over windows of the measurement. samples: {cpu: {role: ns}} of each second; seconds: the
// report's series of the same seconds, each of `in_per_s` packets a second since the one before.
export function windowsOf(samples, seconds, length) {
  const out = [];
  for (let from = 0; from + length < samples.length; from += length) {
    const span = seconds.slice(from, from + length + 1);
    const packets = span.slice(1).reduce((n, s, i) => n + s.in_per_s * (s.at_s - span[i].at_s), 0);
    const took = span.at(-1).at_s - span[0].at_s;
    const spent = Object.fromEntries(Object.keys(samples[from].cpu).map((role) => [role, samples[from + length].cpu[role] - samples[from].cpu[role]]));
    out.push({ packets, seconds: took, perSecond: packets / took, ns: spent, cores: Object.fromEntries(Object.entries(spent).map(([role, ns]) => [role, ns / 1e9 / took])) });
  }
  return out;
}
