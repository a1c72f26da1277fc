import { describe, expect, it } from 'vitest';
import { CALM_MS, LONGER_MS, LOSSY_MS, PlayoutDelay } from '../src/core/playout-delay';
import type { InboundDigest } from '../src/core/stats';

const heard = (samples: number, concealed: number, silent = 0): InboundDigest[] => [
  { kind: 'audio', totalSamplesReceived: samples, concealedSamples: concealed, silentConcealedSamples: silent } as InboundDigest,
];
const seen = (packets: number, lost: number): InboundDigest[] => [{ kind: 'video', packetsReceived: packets, packetsLost: lost } as InboundDigest];
const EVERY_MS = 2_000;
const SAMPLES = 96_000;

/** What is asked for after so long with so much of a hundred made up, from `at_ms` on. */
function run(delay: PlayoutDelay, from_ms: number, to_ms: number, percent: number, start = { samples: 0, concealed: 0 }): number | null {
  let asked: number | null = null;
  for (let at_ms = from_ms; at_ms <= to_ms; at_ms += EVERY_MS) {
    start.samples += SAMPLES;
    start.concealed += (SAMPLES * percent) / 100;
    asked = delay.follow(at_ms, heard(start.samples, start.concealed));
  }
  return asked;
}

describe('the delay before playing', () => {
  it('is left to the browser where hardly anything is missing', () => {
    expect(run(new PlayoutDelay(), 0, 60_000, 0.5)).toBeNull();
  });

  it('grows where much is made up, and goes back after a while without', () => {
    const delay = new PlayoutDelay();
    const played = { samples: 0, concealed: 0 };
    expect(run(delay, 0, 4_000, 3, played)).toBe(LONGER_MS[0]);
    expect(run(delay, 6_000, 8_000 + CALM_MS, 0, played)).toBe(LONGER_MS[0]);
    expect(run(delay, 10_000 + CALM_MS, 24_000 + CALM_MS, 0, played)).toBeNull();
  });

  it('grows once more where that did not suffice, and no further', () => {
    const delay = new PlayoutDelay();
    const played = { samples: 0, concealed: 0 };
    expect(run(delay, 0, 12_000, 3, played)).toBe(LONGER_MS[0]);
    expect(run(delay, 14_000, 16_000, 3, played)).toBe(LONGER_MS[1]);
    expect(run(delay, 18_000, 60_000, 3, played)).toBe(LONGER_MS[1]);
    expect(run(delay, 62_000, 74_000 + CALM_MS, 0, played)).toBeNull();
  });

  it('does not count what was made up in silence, nor streams that begin anew', () => {
    const delay = new PlayoutDelay();
    expect(delay.follow(0, heard(SAMPLES, 0))).toBeNull();
    expect(delay.follow(2_000, heard(2 * SAMPLES, 5_000, 5_000))).toBeNull();
    expect(delay.follow(4_000, heard(100, 50))).toBeNull();
  });

  it('is a little longer where pictures lose packets, for a while', () => {
    const delay = new PlayoutDelay();
    let [packets, lost] = [0, 0];
    const receive = (to_ms: number, from_ms: number, share: number) => {
      let asked: number | null = null;
      for (let at_ms = from_ms; at_ms <= to_ms; at_ms += EVERY_MS) {
        packets += 1000 * (1 - share);
        lost += 1000 * share;
        asked = delay.follow(at_ms, seen(packets, lost));
      }
      return asked;
    };
    expect(receive(20_000, 0, 0.005)).toBeNull();
    expect(receive(32_000, 22_000, 0.02)).toBe(LOSSY_MS);
    expect(receive(32_000 + CALM_MS, 34_000, 0)).toBe(LOSSY_MS);
    expect(receive(44_000 + CALM_MS, 34_000 + CALM_MS, 0)).toBeNull();
  });
});
