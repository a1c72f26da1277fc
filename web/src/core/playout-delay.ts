// How long sound and pictures wait before they are played. Browsers wait for packets that come late; for those that were lost,
// and come again or along with later ones, that is too short. Where much is missing it is worth a little more delay for a while.
import type { Leg } from './leg';
import type { InboundDigest } from './stats';

/** A burst of 100 ms and a round trip of 40; and where that does not suffice, of 180. */
export const LONGER_MS = [140, 220] as const;
export const LOOK_MS = 10_000;
/** Of what was played in that time, so much was made up. */
export const CONCEALED_PERCENT = 1;
/** Shorter again when it was less for so long. */
export const CALM_MS = 30_000;

interface Heard {
  at_ms: number;
  samples: number;
  concealed: number;
}

export class PlayoutDelay {
  #past: Heard[] = [];
  #badUntil_ms = -Infinity;
  /** How many of LONGER_MS, and since when. */
  #level = 0;
  #since_ms = 0;

  /** What is to be asked for, in ms; null: what the browser thinks right. */
  follow(at_ms: number, inbound: readonly InboundDigest[]): number | null {
    const isBad = this.#concealedPercent(at_ms, inbound) >= CONCEALED_PERCENT;
    if (isBad) this.#badUntil_ms = at_ms + CALM_MS;
    if (at_ms >= this.#badUntil_ms) {
      this.#level = 0;
    } else if (isBad && this.#level < LONGER_MS.length && (this.#level === 0 || at_ms - this.#since_ms > LOOK_MS)) {
      this.#level++;
      this.#since_ms = at_ms;
    }
    return LONGER_MS[this.#level - 1] ?? null;
  }

  #concealedPercent(at_ms: number, inbound: readonly InboundDigest[]): number {
    const now: Heard = { at_ms, samples: 0, concealed: 0 };
    for (const stream of inbound) {
      if (stream.kind !== 'audio') continue;
      now.samples += stream.totalSamplesReceived;
      now.concealed += stream.concealedSamples - stream.silentConcealedSamples;
    }
    this.#past = [...this.#past.filter((heard) => at_ms - heard.at_ms <= LOOK_MS && heard.samples <= now.samples), now];
    const [first] = this.#past;
    const played = now.samples - (first?.samples ?? now.samples);
    const concealed = now.concealed - (first?.concealed ?? now.concealed);
    return played > 0 ? (100 * concealed) / played : 0;
  }
}

/** Browsers without jitterBufferTarget do as they like. */
export function askForDelay(leg: Leg, delay_ms: number | null): void {
  for (const { audio, video } of leg.remote())
    for (const receiver of [audio, video])
      if (receiver && 'jitterBufferTarget' in receiver && receiver.jitterBufferTarget !== delay_ms) receiver.jitterBufferTarget = delay_ms;
}
