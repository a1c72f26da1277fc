import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Leg } from '../src/core/leg';
import { LegSwitch } from '../src/core/leg-switch';
import type { Playout } from '../src/core/playout';
import type { SourcesEnabled } from '../src/core/protocol';
import { ALL_ON, BOB, CLEO, FakeLeg } from './fakes';

const playout = { sync: vi.fn(), withdraw: vi.fn(), startMeasuringGaps: vi.fn(), frameGaps: () => ({}) };
let sources: Record<string, SourcesEnabled>;
let legs: LegSwitch;
let ready: Leg[];
const tick = () => vi.advanceTimersByTimeAsync(100);

/** Two people in a direct call, as it stands when a third arrives. */
function directCall(): FakeLeg {
  const p2p = new FakeLeg('p2p', 1).carries(BOB);
  legs.begin(p2p, 'first-pair');
  p2p.become('connected');
  legs.finish();
  ready.length = 0;
  return p2p;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  sources = { [BOB]: ALL_ON, [CLEO]: ALL_ON };
  ready = [];
  legs = new LegSwitch({ playout: playout as unknown as Playout, sourcesOf: (id) => sources[id] });
  legs.on('ready', (leg) => ready.push(leg));
});
afterEach(() => vi.useRealTimers());

describe('LegSwitch', () => {
  it('keeps the former leg open until everybody is over', async () => {
    const p2p = directCall();
    const sfu = new FakeLeg('sfu', 2).carries(BOB);
    legs.begin(sfu, 'third-joined');
    sfu.become('connected');
    sfu.decodes(BOB, 'audio', 'video');
    await tick();
    expect(ready).toEqual([sfu]);
    expect(p2p.state).toBe('connected');
    expect(legs.current).toBe(p2p);
    legs.finish();
    expect([p2p.state, legs.current, legs.next]).toEqual(['closed', sfu, null]);
  });

  it.each([
    ['connected alone', []],
    ['without sound', ['video'] as const],
    ['without picture', ['audio'] as const],
  ])('is not ready when the new leg is %s', async (_what, kinds) => {
    directCall();
    const sfu = new FakeLeg('sfu', 2).carries(BOB);
    legs.begin(sfu, 'third-joined');
    sfu.become('connected');
    sfu.decodes(BOB, ...kinds);
    await tick();
    expect(ready).toEqual([]);
  });

  it('is not ready while the other has no seat yet', async () => {
    directCall();
    const sfu = new FakeLeg('sfu', 2);
    legs.begin(sfu, 'third-joined');
    sfu.become('connected');
    await tick();
    expect(ready).toEqual([]);
    sfu.carries(BOB).decodes(BOB, 'audio', 'video');
    await tick();
    expect(ready).toEqual([sfu]);
  });

  it('waits for nothing that is muted', async () => {
    directCall();
    sources[BOB] = { ...ALL_ON, microphone: false, camera: false };
    const sfu = new FakeLeg('sfu', 2);
    legs.begin(sfu, 'third-joined');
    sfu.become('connected');
    await tick();
    expect(ready).toEqual([sfu]);
  });

  it('waits for no picture that this browser cannot decode', async () => {
    directCall();
    const sfu = new FakeLeg('sfu', 2).carries(BOB);
    sfu.media = sfu.media.map((media) => ({ ...media, codecProblem: true }));
    legs.begin(sfu, 'third-joined');
    sfu.become('connected');
    sfu.decodes(BOB, 'audio');
    await tick();
    expect(ready).toEqual([sfu]);
  });

  it('does not wait for the newcomer, who was on no former leg', async () => {
    directCall();
    const sfu = new FakeLeg('sfu', 2).carries(BOB).carries(CLEO);
    legs.begin(sfu, 'third-joined');
    sfu.become('connected');
    sfu.decodes(BOB, 'audio', 'video');
    await tick();
    expect(ready).toEqual([sfu]);
  });

  it('moves each receiver to the player only when it decodes', async () => {
    directCall();
    const sfu = new FakeLeg('sfu', 2).carries(BOB);
    legs.begin(sfu, 'third-joined');
    sfu.become('connected');
    sfu.decodes(BOB, 'video');
    await tick();
    const [leg, flows] = playout.sync.mock.lastCall as [FakeLeg, (receiver: unknown) => boolean];
    const [media] = sfu.media;
    expect([leg, flows(media?.video), flows(media?.audio)]).toEqual([sfu, true, false]);
  });

  it('goes back to the former leg when the attempt is given up', () => {
    const p2p = directCall();
    const sfu = new FakeLeg('sfu', 2).carries(BOB);
    legs.begin(sfu, 'third-joined');
    legs.abandon();
    expect(sfu.state).toBe('closed');
    expect(playout.withdraw).toHaveBeenCalledWith(sfu);
    expect(playout.sync.mock.lastCall?.[0]).toBe(p2p);
    expect([legs.current, legs.next]).toEqual([p2p, null]);
  });

  it('gives up a former attempt when a newer one begins', () => {
    directCall();
    const [first, second] = [new FakeLeg('sfu', 2), new FakeLeg('sfu', 2)];
    legs.begin(first, 'third-joined');
    legs.begin(second, 'media-restart');
    expect([first.state, legs.next]).toEqual(['closed', second]);
  });

  it('tells of a leg that failed, but not of one that it closed itself', () => {
    const failed = vi.fn();
    legs.on('failed', failed);
    const p2p = directCall();
    const sfu = new FakeLeg('sfu', 2);
    legs.begin(sfu, 'third-joined');
    legs.abandon();
    sfu.become('failed');
    expect(failed).not.toHaveBeenCalled();
    p2p.become('failed');
    expect(failed).toHaveBeenCalledWith(p2p);
  });

  it('records how long a switch took', async () => {
    directCall();
    const sfu = new FakeLeg('sfu', 2).carries(BOB);
    legs.begin(sfu, 'third-joined');
    sfu.become('connected');
    sfu.decodes(BOB, 'audio', 'video');
    await tick();
    legs.finish();
    expect(legs.records.at(-1)).toMatchObject({ from: 'p2p', to: 'sfu', epoch: 2, reason: 'third-joined' });
    expect(legs.records.at(-1)?.doneAfter_ms).toBeGreaterThanOrEqual(legs.records.at(-1)?.readyAfter_ms ?? Infinity);
  });
});
