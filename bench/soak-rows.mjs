// Rows of a soak, out of the report of tests/fault/soaking.py. Pure.
import { row } from './sfu-rows.mjs';

const WHOLE_HOURS = 2;          // of the goal, and the joins in them
const WHOLE_JOINS = 20_000;

export function soakRows(report) {
  const hours = report.seconds / 3600;
  const how = `${report.rounds} rounds of joins, talk and leaves in ${(hours * 60).toFixed(0)} minutes: rooms of five with sound, of four with video, of five with simulcast, three allocations on coturn; samples between rounds, when nobody is there; slopes are those of the second half`;
  const one = (id, what, value, unit, most, extra = {}) => row({ id, what, values: [value], unit, most, how, ...extra });
  const each = (suffix, text, unit, most, of, extra = () => ({})) => Object.entries(report.processes).map(([name, p]) => one(`${name}_${suffix}`, `${name}: ${text}`, of(p), unit, most, extra(p)));
  return [
    one('joins', 'joins and leaves', report.joins, '', undefined, hours >= WHOLE_HOURS ? { least: WHOLE_JOINS } : {}),
    one('failed', 'joins that failed', report.failed, '', 0, { failures: report.failures }),
    one('died', 'processes that died', report.died.length, '', 0, { died: report.died }),
    ...each('rss', 'RSS slope', 'MB/h', 1, (p) => p.rss_mb_h, (p) => ({ pss_mb_h: p.pss_mb_h, rss_mb: p.rss_kb / 1024 })),
    ...each('fds', 'descriptors at the end, against the start', '', 0, (p) => p.descriptors_gained),
  ];
}
