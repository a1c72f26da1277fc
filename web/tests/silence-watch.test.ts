import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Lull, Silence, SilenceWatch } from '../src/core/silence-watch';

/** When it was on, of looks every 250 ms at when the newest of what plays came. */
function lulls(newestAt: (ms: number) => number | null, until_ms: number): number[] {
  const lull = new Lull();
  const found: number[] = [];
  for (let ms = 0; ms <= until_ms; ms += 250) if (lull.isOn(newestAt(ms), ms)) found.push(ms);
  return found;
}

describe('Lull', () => {
  it('begins a quarter of a second after what flowed, and ends with it', () => {
    expect(lulls((ms) => (ms > 2_000 && ms < 3_000 ? 2_000 : ms), 4_000)).toEqual([2_250, 2_500, 2_750]);
  });

  it('is none where hardly anything came before', () => {
    expect(lulls(() => null, 4_000)).toEqual([]);
    expect(lulls((ms) => Math.floor(ms / 1_500), 8_000)).toEqual([]);
  });

  it('does not count time in which nobody looked', () => {
    const lull = new Lull();
    for (let ms = 0; ms <= 2_000; ms += 250) expect(lull.isOn(ms, ms)).toBe(false);
    expect(lull.isOn(2_000, 60_000)).toBe(false);
    expect(lull.isOn(2_000, 60_250)).toBe(false);
  });
});

describe('Silence', () => {
  const silences = (packetsAt: (ms: number) => number, until_ms: number): number[] => {
    const silence = new Silence();
    const found: number[] = [];
    for (let ms = 0; ms <= until_ms; ms += 250) if (silence.isNew(packetsAt(ms), ms)) found.push(ms);
    return found;
  };

  it('is found after half a second without a packet', () => {
    expect(silences((ms) => Math.min(ms, 2_000), 4_000)).toEqual([2_500]);
  });

  it('is not found where reports still come', () => {
    expect(silences((ms) => Math.floor(ms / 250), 8_000)).toEqual([]);
  });

  it('leaves a new path its time before it asks for another', () => {
    expect(silences(() => 7, 8_000)).toEqual([500, 6_500]);
  });
});

describe('SilenceWatch', () => {
  let packetsReceived = 0;
  let timestamp = 0;
  let looks = 0;
  const stats = (): Map<string, Record<string, unknown>> => {
    looks += 1;
    const all = [
      { id: 't', type: 'transport', selectedCandidatePairId: 'p' },
      { id: 'p', type: 'candidate-pair', packetsReceived },
    ];
    return new Map(all.map((stat) => [stat.id, stat]));
  };
  const receiver = { getSynchronizationSources: () => (timestamp > 0 ? [{ timestamp }] : []) };
  const pc = { getStats: () => Promise.resolve(stats()), getReceivers: () => [receiver] } as unknown as RTCPeerConnection;
  const events = { onLull: vi.fn(), onSilent: vi.fn() };

  async function pass(seconds: number, { media, reports }: { media: boolean; reports: boolean }): Promise<void> {
    for (let i = 0; i < seconds * 4; i++) {
      if (media) timestamp = performance.now();
      if (media || reports) packetsReceived += 5;
      await vi.advanceTimersByTimeAsync(250);
    }
  }

  beforeEach(() => {
    vi.useFakeTimers();
    [packetsReceived, timestamp, looks] = [0, 0, 0];
    events.onLull.mockClear();
    events.onSilent.mockClear();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('asks for another path when nothing comes, once', async () => {
    const watch = new SilenceWatch(pc, events);
    await pass(4, { media: true, reports: true });
    expect([looks, watch.isLull, events.onLull.mock.calls.length]).toEqual([0, false, 0]);
    await pass(1, { media: false, reports: false });
    expect([watch.isLull, events.onLull.mock.calls.length, events.onSilent.mock.calls.length]).toEqual([true, 1, 1]);
    await pass(4, { media: false, reports: false });
    expect(events.onSilent).toHaveBeenCalledTimes(1);
    watch.close();
    await pass(8, { media: false, reports: false });
    expect([events.onLull.mock.calls.length, events.onSilent.mock.calls.length]).toEqual([1, 1]);
  });

  it('takes others who fall silent for no broken path', async () => {
    const watch = new SilenceWatch(pc, events);
    await pass(3, { media: true, reports: true });
    await pass(5, { media: false, reports: true });
    expect([events.onLull.mock.calls.length, events.onSilent.mock.calls.length]).toEqual([1, 0]);
    watch.close();
  });
});
