// Rows of the figures around faults, out of reports of parley load (docs/load.md) and gaps in browsers. Pure.
import { percentile } from './series.mjs';
import { row } from './sfu-rows.mjs';

const one = (id, what, value, unit, most, how, extra = {}) => row({ id, what, values: [value], unit, most, how, ...extra });
const seconds = (ms) => ms / 1000;

// p50 and p99 of a spread in ms as the report has it.
const both = (id, what, spread, [p50, p99], how, extra) => [
  one(`${id}_p50`, `${what}, p50`, spread.count > 0 ? seconds(spread.p50) : Number.NaN, 's', p50, how, extra),
  one(`${id}_p99`, `${what}, p99`, spread.count > 0 ? seconds(spread.p99) : Number.NaN, 's', p99, how, { ...extra, samples: spread.count, max_s: seconds(spread.max) }),
];

const markOf = (report) => (report.generator_limited ? { limited: 'generator', limits: report.generator_limits } : {});
// What came as a repetition only was lost once.
const lostOf = ({ loss }) => loss.lost + loss.repaired;

const longestPauses = (id, whom, report, how, mark) => ['audio', 'video'].map((kind) =>
  one(`${id}_pause_${kind}`, `longest time without ${kind} ${whom}`, report.pauses_ms[kind].max, 'ms', undefined, how, mark));

// The report of a crowd of which those in one worker lost it `times` times.
export function workerRows(report, times, how) {
  const mark = markOf(report);
  const { restarts } = report;
  return [
    ...both('worker_audio', 'audio back', restarts.audio_ms, [0.7, 2], how, mark),
    ...both('worker_video', 'video back', restarts.video_ms, [1, 2.5], how, mark),
    one('worker_absent', 'streams that did not come back', restarts.absent, '', 0, how, mark),
    one('worker_unmoved', 'kills after which nobody made a new connection', Math.max(0, times - restarts.connections), '', 0, how, { ...mark, connections: restarts.connections }),
    one('worker_lost', 'packets lost at clients, above all of other workers', lostOf(report), '', 0, how, { ...mark, expected: report.loss.expected }),
    ...longestPauses('worker', 'at clients of the other worker', report, how, mark),
  ];
}

// The report of a crowd of `people` that lost its control process `times` times.
export function controlRows(id, report, { times, people }, how) {
  const mark = markOf(report);
  const { joins } = report;
  return [
    one(`${id}_lost`, 'media packets lost', lostOf(report), '', 0, how, { ...mark, expected: report.loss.expected }),
    ...both(`${id}_signalling`, 'signalling back', joins.resume_ms, [0.5, 3], how, mark),
    one(`${id}_absent`, 'participants whose signalling did not come back', times * people - joins.resumes, '', 0, how, { ...mark, failures: joins.failures }),
    one(`${id}_restarts`, 'media connections made anew', report.restarts.connections, '', 0, how, mark),
    ...longestPauses(id, 'at anybody', report, how, mark),
  ];
}

// gaps_ms: of each direction of relayed calls, one for each kill; how long no picture was decoded.
export function relayRows(gaps_ms, how) {
  const extra = { gaps_ms: gaps_ms.map(Math.round) };
  const spread = { count: gaps_ms.length, p50: percentile(gaps_ms, 50), p99: percentile(gaps_ms, 99), max: Math.max(...gaps_ms) };
  return both('relay', 'relayed call back', spread, [3, 6], how, extra);
}
