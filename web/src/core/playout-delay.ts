// How long sound waits before it is played. Browsers wait for packets that come late; for those that were lost, and come
// again or along with later ones, that is too short. Where much is missing it is worth a little more delay for a while.
import type { Leg } from './leg';
import type { InboundDigest } from './stats';

/** A burst of 100 ms and a round trip of 40. */
export const LONGER_MS = 140;
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

export class SoundDelay {
  #past: Heard[] = [];
  #badUntil_ms = -Infinity;

  /** What is to be asked for, in ms; null: what the browser thinks right. */
  follow(at_ms: number, inbound: readonly InboundDigest[]): number | null {
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
    if (played > 0 && (100 * concealed) / played >= CONCEALED_PERCENT) this.#badUntil_ms = at_ms + CALM_MS;
    return at_ms < this.#badUntil_ms ? LONGER_MS : null;
  }
}

/** Pictures follow the sound of their stream. Browsers without jitterBufferTarget do as they like. */
export function askForDelay(leg: Leg, delay_ms: number | null): void {
  for (const { audio } of leg.remote())
    if (audio && 'jitterBufferTarget' in audio && audio.jitterBufferTarget !== delay_ms) audio.jitterBufferTarget = delay_ms;
}
