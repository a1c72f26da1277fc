import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RelayWatch, Silence } from '../src/core/relay-watch';

/** When silences were found, of looks every 250 ms at what came so far. */
function silences(packetsAt: (ms: number) => number, until_ms: number): number[] {
  const silence = new Silence();
  const found: number[] = [];
  for (let ms = 0; ms <= until_ms; ms += 250) if (silence.isNew(packetsAt(ms), ms)) found.push(ms);
  return found;
}

describe('Silence', () => {
  it('finds that nothing came for a second where fifty packets a second had', () => {
    expect(silences((ms) => Math.min(ms, 2_000) / 20, 4_000)).toEqual([3_000]);
  });

  it('leaves a new path its time before it asks for another', () => {
    expect(silences((ms) => Math.min(ms, 2_000) / 20, 20_000)).toEqual([3_000]);
    const resumed = (ms: number): number => (ms < 2_000 ? ms : ms < 10_000 ? 2_000 : Math.min(ms, 11_000) - 8_000) / 20;
    expect(silences(resumed, 20_000)).toEqual([3_000, 12_000]);
  });

  it('takes a room where hardly anything is sent for no broken path', () => {
    expect(silences((ms) => Math.floor(Math.min(ms, 2_000) / 400), 10_000)).toEqual([]);
    expect(silences(() => 0, 10_000)).toEqual([]);
  });

  it('does not count time in which nobody looked', () => {
    const silence = new Silence();
    for (let ms = 0; ms <= 2_000; ms += 250) expect(silence.isNew(ms / 20, ms)).toBe(false);
    expect(silence.isNew(100, 60_000)).toBe(false);
    expect(silence.isNew(100, 61_000)).toBe(false);
  });
});

describe('RelayWatch', () => {
  let candidateType = 'relay';
  let packetsReceived = 0;
  const stats = (): Map<string, Record<string, unknown>> => {
    const all = [
      { id: 't', type: 'transport', selectedCandidatePairId: 'p' },
      { id: 'p', type: 'candidate-pair', localCandidateId: 'l' },
      { id: 'l', type: 'local-candidate', candidateType },
      { id: 'a', type: 'inbound-rtp', packetsReceived },
    ];
    return new Map(all.map((stat) => [stat.id, stat]));
  };
  const pc = { getStats: () => Promise.resolve(stats()) } as unknown as RTCPeerConnection;

  async function pass(seconds: number, perQuarter: number): Promise<void> {
    for (let i = 0; i < seconds * 4; i++) {
      packetsReceived += perQuarter;
      await vi.advanceTimersByTimeAsync(250);
    }
  }

  beforeEach(() => {
    vi.useFakeTimers();
    packetsReceived = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    ['relay', 1],
    ['host', 0],
  ])('asks for another path when one by %s falls silent: %i times', async (type, times) => {
    candidateType = type;
    const onSilent = vi.fn();
    const watch = new RelayWatch(pc, onSilent);
    await pass(6, 12);
    expect(onSilent).not.toHaveBeenCalled();
    await pass(2, 0);
    expect(onSilent).toHaveBeenCalledTimes(times);
    watch.close();
    await pass(8, 12);
    await pass(2, 0);
    expect(onSilent).toHaveBeenCalledTimes(times);
  });
});
