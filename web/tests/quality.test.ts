import { describe, expect, it } from 'vitest';
import { linePath, niceMax } from '../src/core/plot';
import type { MediaByTile } from '../src/core/playout';
import type { Participant } from '../src/core/protocol';
import { gradeOf, isStarved, othersWords, ownWords, rateWords } from '../src/core/quality';
import { receivedOf, sampleOf, sentOf, StatisticsWatch } from '../src/core/statistics';
import type { LegDigest } from '../src/core/stats';
import { newCallState, newStore } from '../src/core/store';
import { ADA, ALL_ON, BOB, CLEO, FakeLeg, joinedMessage } from './fakes';

describe('grades', () => {
  it.each([
    [0, 20, 4, 'fine'],
    [4, 20, 2, 'loss'],
    [30, 20, 0, 'loss'],
    [0, 400, 2, 'delay'],
    [9, 400, 1, 'loss'],
    [0, null, 4, 'fine'],
  ])('%d %% lost, %d ms: %d, %s', (loss, rtt_ms, score, reason) => expect(gradeOf(loss, rtt_ms)).toEqual({ score, reason }));
  it('are said in words', () => {
    expect(ownWords({ score: 1, reason: 'bandwidth' })).toBe('Your connection is bad: it takes less than you look at');
    expect(othersWords({ score: 2, reason: 'sender' })).toBe('Connection poor: what they send arrives badly');
    expect(othersWords({ score: 4, reason: 'fine' })).toBe('Connection fine');
    expect([rateWords(96), rateWords(1640)]).toEqual(['96 kb/s', '1.6 Mb/s']);
  });
});

describe('isStarved', () => {
  const person = (participant_id: string, camera = true): Participant => ({ participant_id, name: 'x', order: 1, state: 'present', sources: { ...ALL_ON, camera } });
  const people = { [BOB]: person(BOB), [CLEO]: person(CLEO) };
  const media = (bob: MediaByTile[never]['paused'], cleo: MediaByTile[never]['paused']): MediaByTile => ({
    [`${BOB}:camera`]: { layers: [], codecProblem: false, paused: bob },
    [`${CLEO}:camera`]: { layers: [], codecProblem: false, paused: cleo },
  });
  it('is when no picture fits any more', () => {
    expect(isStarved(media('bandwidth', 'bandwidth'), people)).toBe(true);
    expect(isStarved(media('bandwidth', 'hidden'), people)).toBe(true);
    expect(isStarved(media('bandwidth', null), people)).toBe(false);
    expect(isStarved(media('audio_only', 'audio_only'), people)).toBe(false);
    expect(isStarved(media('hidden', 'hidden'), people)).toBe(false);
    expect(isStarved({}, people)).toBe(false);
  });
  it('does not count cameras that are off', () => {
    expect(isStarved(media('bandwidth', null), { ...people, [CLEO]: person(CLEO, false) })).toBe(true);
  });
});

const digest = (change: Partial<LegDigest> = {}, factor = 1): LegDigest => ({
  leg: 'sfu',
  epoch: 1,
  state: 'connected',
  rtt_ms: 40,
  availableOutgoing_bps: 2_000_000,
  localCandidate: null,
  remoteCandidateType: null,
  packetsLostUp: 2 * factor,
  inbound: [
    {
      mid: '3', trackId: 't', kind: 'video', participantId: BOB, group: 'camera', packetsReceived: 90 * factor, packetsLost: 10 * factor, bytesReceived: 125_000 * factor,
      framesDecoded: 30 * factor, framesPerSecond: 29.7, frameWidth: 640, frameHeight: 360, freezeCount: factor, totalFreezesDuration: 0.5 * factor, nackCount: 0,
      audioLevel: 0, totalAudioEnergy: 0, totalSamplesReceived: 0, concealedSamples: 0, silentConcealedSamples: 0,
    },
  ],
  outbound: [
    {
      mid: '1', kind: 'video', codec: 'video/VP8', rid: 'h', active: true, scalabilityMode: 'L1T3', qualityLimitationReason: 'none', nackCount: 0,
      packetsSent: 100 * factor, bytesSent: 62_500 * factor, framesEncoded: 30, framesPerSecond: 30, frameWidth: 640, frameHeight: 360,
    },
  ],
  ...change,
});

describe('statistics', () => {
  const former = { at_ms: 1000, digest: digest() };
  const now = { at_ms: 2000, digest: digest({}, 2) };
  it('are rates between two readings', () => {
    expect(sampleOf(former, now)).toEqual({
      at_ms: 2000, down_kbps: 1000, up_kbps: 500, estimateDown_kbps: null, estimateUp_kbps: 2000, lossDownPercent: 10, lossUpPercent: 2, rtt_ms: 40, freezes: 0.5,
    });
    expect(receivedOf(former, now)).toMatchObject([{ participantId: BOB, width: 640, fps: 30, kbps: 1000, freezes: 2 }]);
    expect(sentOf(former, now)).toMatchObject([{ codec: 'VP8', rid: 'h', mode: 'L1T3', kbps: 500, active: true, limitedBy: null }]);
  });
  it('never go below zero when counters start anew', () => {
    expect(sampleOf(now, former)).toMatchObject({ down_kbps: 0, up_kbps: 0, lossDownPercent: 0, freezes: 0 });
    expect(receivedOf(now, { ...former, at_ms: 3000 })[0]?.kbps).toBe(0);
  });
  it('take grades and own figures from the server', () => {
    const store = newStore();
    const { room, participant_id: selfId } = joinedMessage();
    store.setState({ call: newCallState({ room, selfId, selfName: 'Ada', role: 'participant', participants: {}, chat: [] }) });
    const own = { down_kbps: 900, sent_kbps: 700, down_loss_permille: 12, rtt_ms: 60, up_kbps: 500, up_loss_permille: 0 };
    new StatisticsWatch(store, () => new FakeLeg('sfu', 1)).onServerQuality({
      type: 'quality',
      participants: [{ participant_id: ADA, score: 2, reason: 'loss' }],
      own,
    });
    expect(store.getState().call).toMatchObject({ grades: { [ADA]: { score: 2, reason: 'loss' } }, ownQuality: own });
  });
});

describe('plots', () => {
  const box = { width: 100, height: 10, from_ms: 0, to_ms: 100, max: 10 };
  it('draw a line with gaps where nothing is known, within the window', () => {
    const points = [
      { at_ms: -10, value: 3 },
      { at_ms: 0, value: 0 },
      { at_ms: 50, value: 5 },
      { at_ms: 60, value: null },
      { at_ms: 100, value: 40 },
    ];
    expect(linePath(points, box)).toBe('M0 10h0.1L50 5M100 0h0.1');
  });
  it.each([
    [0, 200, 200],
    [201, 200, 500],
    [1800, 200, 2000],
    [7300, 200, 10_000],
    [0.2, 1, 1],
  ])('scale %d (at least %d) to %d', (value, least, max) => expect(niceMax(value, least)).toBeCloseTo(max));
});
