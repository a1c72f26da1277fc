// How long sound and pictures wait before they are played. Browsers wait for packets that come late; for those that were lost,
// and come again or along with later ones, that is too short. Where much is missing it is worth a little more delay for a while.
import type { Leg } from './leg';
import type { InboundDigest } from './stats';

/** Where pictures lose packets: a repetition that gets lost as well comes after three round trips of 50 ms, and a fifth of a second is seen. */
export const LOSSY_MS = 100;
/** A burst of 100 ms and a round trip of 40; and where that does not suffice, of 180. */
export const LONGER_MS = [140, 220] as const;
export const LOOK_MS = 10_000;
/** Of the packets of pictures in that time, so many did not come the first time. */
export const LOST_PERCENT = 1;
/** Of what was played in that time, so much was made up. */
export const CONCEALED_PERCENT = 1;
/** Shorter again when it was less for so long. */
export const CALM_MS = 30_000;

interface Reading {
  at_ms: number;
  /** Of sound. */
  samples: number;
  concealed: number;
  /** Of pictures. */
  packets: number;
  lost: number;
}

function add(at_ms: number, inbound: readonly InboundDigest[]): Reading {
  const sum: Reading = { at_ms, samples: 0, concealed: 0, packets: 0, lost: 0 };
  for (const stream of inbound) {
    if (stream.kind === 'audio') {
      sum.samples += stream.totalSamplesReceived;
      sum.concealed += stream.concealedSamples - stream.silentConcealedSamples;
    } else {
      sum.packets += stream.packetsReceived;
      sum.lost += stream.packetsLost;
    }
  }
  return sum;
}

const percent = (part: number, whole: number) => (whole > 0 ? (100 * part) / whole : 0);

export class PlayoutDelay {
  #past: Reading[] = [];
  #lossyUntil_ms = -Infinity;
  #badUntil_ms = -Infinity;
  /** How many of LONGER_MS, and since when. */
  #level = 0;
  #since_ms = 0;

  /** What is to be asked for, in ms; null: what the browser thinks right. */
  follow(at_ms: number, inbound: readonly InboundDigest[]): number | null {
    const now = add(at_ms, inbound);
    // A stream that is gone took its counts along.
    this.#past = [...this.#past.filter((past) => at_ms - past.at_ms <= LOOK_MS && past.samples <= now.samples && past.packets <= now.packets), now];
    const first = this.#past[0] ?? now;
    const lost = now.lost - first.lost;
    if (percent(lost, now.packets - first.packets + lost) >= LOST_PERCENT) this.#lossyUntil_ms = at_ms + CALM_MS;
    this.#judge(at_ms, percent(now.concealed - first.concealed, now.samples - first.samples) >= CONCEALED_PERCENT);
    return LONGER_MS[this.#level - 1] ?? (at_ms < this.#lossyUntil_ms ? LOSSY_MS : null);
  }

  #judge(at_ms: number, isBad: boolean): void {
    if (isBad) this.#badUntil_ms = at_ms + CALM_MS;
    if (at_ms >= this.#badUntil_ms) {
      this.#level = 0;
    } else if (isBad && this.#level < LONGER_MS.length && (this.#level === 0 || at_ms - this.#since_ms > LOOK_MS)) {
      this.#level++;
      this.#since_ms = at_ms;
    }
  }
}

/** Browsers without jitterBufferTarget do as they like. */
export function askForDelay(leg: Leg, delay_ms: number | null): void {
  for (const { audio, video } of leg.remote())
    for (const receiver of [audio, video])
      if (receiver && 'jitterBufferTarget' in receiver && receiver.jitterBufferTarget !== delay_ms) receiver.jitterBufferTarget = delay_ms;
}
