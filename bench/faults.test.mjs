import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { controlRows, floodRows, networkRows, relayRows, surroundingsRows, workerRows } from './faults-rows.mjs';
import { Results } from './results.mjs';
import { soakRows } from './soak-rows.mjs';

const spread = (p50, p99, count = 100) => ({ count, p50, p99, max: p99 });
const report = (changes = {}) => ({
  generator_limited: false, generator_limits: [],
  loss: { expected: 1000, lost: 0, repaired: 0 },
  pauses_ms: { audio: spread(40, 80), video: spread(70, 90) },
  restarts: { connections: 20, absent: 0, audio_ms: spread(400, 900), video_ms: spread(600, 2600) },
  joins: { resumes: 20, resume_ms: spread(200, 400), failures: [] },
  ...changes,
});
const byId = (rows) => Object.fromEntries(rows.map((r) => [r.id, r]));

test('a killed worker is judged by both percentiles, by what stayed away and by what was lost', () => {
  const rows = byId(workerRows(report({ loss: { expected: 1000, lost: 0, repaired: 1 } }), 2, 'how'));
  assert.equal(rows.worker_audio_p50.value, 0.4);
  assert.ok(rows.worker_audio_p50.pass && rows.worker_audio_p99.pass && rows.worker_video_p50.pass);
  assert.equal(rows.worker_video_p99.pass, false);
  assert.ok(rows.worker_absent.pass && rows.worker_unmoved.pass);
  assert.equal(rows.worker_lost.pass, false, 'what had to be repeated was lost');
  assert.equal(rows.worker_pause_audio.pass, null);
});

test('kills that nobody felt are no good figures', () => {
  const nothing = { connections: 0, absent: 0, audio_ms: spread(0, 0, 0), video_ms: spread(0, 0, 0) };
  const rows = byId(workerRows(report({ restarts: nothing }), 3, 'how'));
  assert.equal(rows.worker_audio_p50.pass, false);
  assert.equal(rows.worker_unmoved.value, 3);
  assert.equal(rows.worker_unmoved.pass, false);
});

test('every participant has to come back after every death of control', () => {
  const rows = (changes) => byId(controlRows('control_killed', report({ restarts: { connections: 0 }, ...changes }), { times: 2, people: 10 }, 'how'));
  assert.ok(Object.values(rows({})).every((r) => r.pass !== false));
  const absent = rows({ joins: { resumes: 19, resume_ms: spread(600, 3100), failures: [] } });
  assert.equal(absent.control_killed_absent.value, 1);
  assert.deepEqual(Object.values(absent).filter((r) => r.pass === false).map((r) => r.id), ['control_killed_signalling_p50', 'control_killed_signalling_p99', 'control_killed_absent']);
});

test('calls over another network are judged by their gaps', () => {
  const rows = networkRows([500, 900, 1100, 3000], 'how');
  assert.deepEqual(rows.map((r) => [r.value, r.pass]), [[0.9, true], [3, false]]);
});

test('relayed calls are judged by their gaps', () => {
  const rows = relayRows([1000, 2000, 2500, 7000], 'how');
  assert.deepEqual(rows.map((r) => [r.value, r.pass]), [[2, true], [7, false]]);
});

test('surroundings and floods are judged by what the call and others felt', () => {
  const fault = { times: 3, seconds: 5, lost_ratio: 0, pause_s: 0.04, well_s: 0.1 };
  const rows = byId(surroundingsRows([
    { ...fault, name: 'database_locked', answer_s: 0.1 }, { ...fault, name: 'worker_stopped', lost_ratio: 0.1, pause_s: 5.2 },
    { ...fault, name: 'few_files', lost_ratio: 0.01, well_s: 6, join_s: 0.1 },
  ], 'how'));
  assert.deepEqual(Object.values(rows).filter((r) => r.pass === false).map((r) => r.id), ['few_files_lost', 'few_files_well']);
  const floods = floodRows([
    { name: 'dtls', per_second: 150_000, out_per_in: 0, rss_grown: 0.02, lost_ratio: 0.001, pause_s: 0.05 },
    { name: 'slow_connections', connections: 10_000, join_p99_alone_s: 0.1, join_p99_s: 0.7, lost_ratio: 0 },
    { name: 'messages', messages_per_second: 50_000, join_p99_alone_s: 0.1, join_p99_s: 0.2, lost_ratio: 0, pause_s: 0.05 },
  ], 'how');
  assert.deepEqual(floods.filter((r) => r.pass === false).map((r) => r.id), ['dtls_rate', 'dtls_grown', 'slow_connections_slower']);
});

test('a soak says per process what stays; only a whole one has to have all joins', () => {
  const soak = (seconds) => byId(soakRows({
    seconds, rounds: 9, joins: 540, failed: 0, failures: [], died: ['media1'],
    processes: { control: { rss_mb_h: 0.2, pss_mb_h: 0.1, rss_kb: 12000, descriptors_gained: 1 }, media0: { rss_mb_h: 1.5, pss_mb_h: 1, rss_kb: 18000, descriptors_gained: 0 } },
  }));
  const rows = soak(600);
  assert.equal(rows.joins.pass, null);
  assert.deepEqual(Object.values(rows).filter((r) => r.pass === false).map((r) => r.id), ['died', 'media0_rss', 'control_fds']);
  assert.equal(soak(7200).joins.pass, false);
});

test('results of a measure that runs again replace the former ones, in the order of the measures', () => {
  const into = mkdtempSync(join(tmpdir(), 'parley-results-'));
  try {
    const fresh = () => new Results({ into, name: 'x', title: 'X', head: { machine: 'm', kernel: 'k', command: 'c', commit: 'abc' }, measures: [{ name: 'a', what: 'first' }, { name: 'b', what: 'second' }] });
    fresh().put('b', [{ id: 'b1', what: 'B', value: 1, unit: 's', goal: '', pass: null, how: 'so' }]);
    fresh().put('a', [{ id: 'a1', what: 'A', value: 1, unit: 's', goal: '', pass: null }]);
    fresh().put('b', [{ id: 'b2', what: 'B', value: 2, unit: 's', goal: '<= 1 s', pass: false, how: 'so' }]);
    const { rows } = JSON.parse(readFileSync(join(into, 'x.json'), 'utf8'));
    assert.deepEqual(rows.map((r) => r.id), ['a1', 'b2']);
    assert.match(readFileSync(join(into, 'x.md'), 'utf8'), /## First[^]*## Second[^]*\*\*no\*\*[^]*So\./);
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
});
