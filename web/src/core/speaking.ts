// Who speaks: the server tells in SFU mode, the receivers' audio levels on a direct leg, a meter for oneself.
import type { Leg } from './leg';
import type { LevelMeter } from './levels';
import { meterLevel } from './levels';
import type { ServerSpeakers } from './protocol';

export interface SpeakingOptions {
  legs: () => readonly Leg[];
  microphone: () => MediaStreamTrack | null;
  selfId: () => string;
  onChange: (speaking: readonly string[]) => void;
}

const POLL_MS = 200;
/** Pauses between words do not take the ring away. */
const HOLD_MS = 600;
const OWN_THRESHOLD = 0.35;
const REMOTE_THRESHOLD = 0.02;
const SERVER_THRESHOLD_DBOV = 50;

export class SpeakingWatch {
  #options: SpeakingOptions;
  #timer: ReturnType<typeof setInterval> | undefined;
  #heardAt_ms = new Map<string, number>();
  #shown = '';
  #meter: LevelMeter | null = null;
  #metered: MediaStreamTrack | null = null;

  constructor(options: SpeakingOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.#poll(), POLL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#meter?.close();
    this.#meter = null;
    this.#metered = null;
  }

  onServerSpeakers(message: ServerSpeakers): void {
    const now_ms = performance.now();
    for (const speaker of message.speakers) {
      if (speaker.level < SERVER_THRESHOLD_DBOV) this.#heardAt_ms.set(speaker.participant_id, now_ms);
    }
  }

  #poll(): void {
    const now_ms = performance.now();
    if (this.#ownLevel() > OWN_THRESHOLD) this.#heardAt_ms.set(this.#options.selfId(), now_ms);
    for (const leg of this.#options.legs()) if (leg.kind === 'p2p') this.#pollDirect(leg, now_ms);
    for (const [id, at_ms] of this.#heardAt_ms) if (now_ms - at_ms > HOLD_MS) this.#heardAt_ms.delete(id);
    const speaking = [...this.#heardAt_ms.keys()].sort();
    if (speaking.join() === this.#shown) return;
    this.#shown = speaking.join();
    this.#options.onChange(speaking);
  }

  #pollDirect(leg: Leg, now_ms: number): void {
    for (const media of leg.remote()) {
      const level = media.audio?.getSynchronizationSources()[0]?.audioLevel ?? 0;
      if (media.group === 'camera' && level > REMOTE_THRESHOLD) this.#heardAt_ms.set(media.participantId, now_ms);
    }
  }

  #ownLevel(): number {
    const track = this.#options.microphone();
    if (track !== this.#metered) {
      this.#meter?.close();
      this.#meter = track ? meterLevel(track) : null;
      this.#metered = track;
    }
    return this.#meter?.read() ?? 0;
  }
}
