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

const NAMES = {
  database_locked: 'database locked', disk_full: 'disk full', clock_a_day_ahead: 'wall clock a day ahead', clock_a_day_back: 'wall clock a day back',
  control_stopped: 'control stopped', supervisor_stopped: 'supervisor stopped', worker_stopped: 'the worker of the call stopped', few_files: '256 descriptors, 512 connections',
};

// What surroundings.py says of each fault.
export function surroundingsRows(faults, how) {
  return faults.flatMap(({ name, times, seconds: lasts, pause_s, lost_ratio, well_s, answer_s, join_s }) => {
    const figure = (id, what, value, unit, most) => one(`${name}_${id}`, `${NAMES[name]}, ${times} times ${lasts} s: ${what}`, value, unit, most, how);
    return [
      figure('pause', 'longest pause of a sound in the call', pause_s, 's', name === 'worker_stopped' ? lasts + 1 : undefined),
      figure('lost', 'lost in the call', 100 * lost_ratio, '%', name === 'worker_stopped' ? undefined : 0),
      ...(answer_s === undefined ? [] : [figure('answer', 'the longest until a new room got its 503', answer_s, 's', 1)]),
      ...(join_s === undefined ? [] : [figure('join', 'the longest join meanwhile', join_s, 's')]),
      figure('well', 'the longest until a room could be made and joined after it', well_s, 's', 5),
    ];
  });
}

const FLOODS = {
  junk: 'junk', stun_of_strangers: 'STUN for nobody', stun_forged: 'STUN for a participant, forged', dtls: 'ClientHellos', srtp: 'SRTP, forged',
};

// What flooding.py says of each flood.
export function floodRows(floods, how) {
  return floods.flatMap((flood) => {
    const figure = (id, what, value, unit, most, least) => row({ id: `${flood.name}_${id}`, what, values: [value], unit, most, least, how });
    const lost = (what) => figure('lost', `${what}: lost in the call`, 100 * flood.lost_ratio, '%', 1);
    const slower = (what) => figure('slower', `${what}: p99 of others' joins, more than before`, flood.join_p99_s - flood.join_p99_alone_s, 's', 0.5);
    if (flood.name === 'slow_connections') {
      const what = `${flood.connections} slow HTTP connections`;
      return [slower(what), lost(what)];
    }
    if (flood.name === 'messages') {
      const what = 'signalling messages without end from one client';
      return [figure('rate', what, flood.messages_per_second, '/s', undefined, 49_000), slower(what), lost(what)];
    }
    const what = FLOODS[flood.name];
    return [
      figure('rate', `flood of ${what}`, flood.per_second, '/s', undefined, 199_000), lost(what),
      figure('pause', `${what}: longest pause of a sound in the call`, flood.pause_s, 's'),
      figure('grown', `${what}: memory (RSS) of the workers grew by`, 100 * flood.rss_grown, '%', 1),
      figure('out', `${what}: bytes out for a byte in`, flood.out_per_in, '', 1),
    ];
  });
}

// gaps_ms: of each direction, one for each fault; how long no picture was decoded.
function gapRows(id, what, gaps_ms, goals, how) {
  const extra = { gaps_ms: gaps_ms.map(Math.round) };
  const spread = { count: gaps_ms.length, p50: percentile(gaps_ms, 50), p99: percentile(gaps_ms, 99), max: Math.max(...gaps_ms) };
  return both(id, what, spread, goals, how, extra);
}

export const relayRows = (gaps_ms, how) => gapRows('relay', 'relayed call back', gaps_ms, [3, 6], how);
export const networkRows = (gaps_ms, how) => gapRows('network', 'call back over the other network', gaps_ms, [1, 2.5], how);
