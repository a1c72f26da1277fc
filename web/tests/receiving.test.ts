import { describe, expect, it } from 'vitest';
import { Receiving } from '../src/core/receiving';

type Stats = Record<string, string | number>;
let stats: Stats[] = [];
const pc = { getStats: () => Promise.resolve(new Map(stats.map((s, i) => [String(i), s] as const))) };
const newReceiving = (): Receiving => new Receiving(pc as unknown as RTCPeerConnection);
const sound = (total: number, concealed: number): Stats => ({
  type: 'inbound-rtp',
  kind: 'audio',
  trackIdentifier: 'a',
  totalSamplesReceived: total,
  concealedSamples: concealed,
});

describe('Receiving', () => {
  it('sees a picture once a frame was decoded', async () => {
    const video = { type: 'inbound-rtp', kind: 'video', trackIdentifier: 'v', framesDecoded: 0 };
    stats = [video];
    expect([...(await newReceiving().read())]).toEqual([]);
    stats = [{ ...video, framesDecoded: 1 }];
    expect([...(await newReceiving().read())]).toEqual(['v']);
  });

  it('takes sound for running after 200 ms without a made-up sample', async () => {
    const receiving = newReceiving();
    const steps = [
      [480, 480, false],
      [4_800, 2_000, false],
      [9_600, 2_500, false],
      [14_400, 2_500, false],
      [19_200, 2_500, true],
    ] as const;
    for (const [total, concealed, flows] of steps) {
      stats = [sound(total, concealed)];
      expect([total, (await receiving.read()).has('a')]).toEqual([total, flows]);
    }
  });

  it('is content with a second of real sound where packets keep being lost', async () => {
    const receiving = newReceiving();
    stats = [sound(40_000, 4_000)];
    expect((await receiving.read()).has('a')).toBe(false);
    stats = [sound(54_000, 5_000)];
    expect((await receiving.read()).has('a')).toBe(true);
  });
});
