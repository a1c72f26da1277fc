// A relay that died says nothing, and a browser takes six seconds to doubt it, and the page two more. So what comes over
// a relay is looked at: when a path that flowed brings nothing for a second, another one is made, by an ICE restart. The
// former path stays in use until then, so a network that only paused loses nothing by it.
import { heardByRelay } from './stats';

const LOOK_EVERY_MS = 250;
/** A path without a relay may get one later. */
const LOOK_FOR_RELAY_MS = 3_000;
const SILENT_MS = 1_000;
/** Fewer packets in the second before (silence in the room, cameras off) say nothing when they stay away. */
const FLOW_PACKETS = 10;
/** Until what was begun has had its time. */
const AGAIN_AFTER_MS = 6_000;

/** Whether a path that flowed has fallen silent. Pure: times and counts come from outside. */
export class Silence {
  #seen: { at_ms: number; packets: number }[] = [];
  #notBefore_ms = -Infinity;

  /** packets: all that came so far. True once for each silence. */
  isNew(packets: number, now_ms: number): boolean {
    // Another connection's numbers, or hardly anybody looked meanwhile (a page in the background): from here on.
    const last = this.#seen.at(-1);
    if (last && (packets < last.packets || now_ms - last.at_ms > SILENT_MS)) this.#seen = [];
    this.#seen.push({ at_ms: now_ms, packets });
    this.#seen = this.#seen.filter(({ at_ms }) => now_ms - at_ms <= 3 * SILENT_MS);
    if (now_ms < this.#notBefore_ms || !this.#fellSilent(packets, now_ms)) return false;
    this.#notBefore_ms = now_ms + AGAIN_AFTER_MS;
    return true;
  }

  #fellSilent(packets: number, now_ms: number): boolean {
    const since = this.#seen.find((look) => look.packets === packets);
    if (!since || now_ms - since.at_ms < SILENT_MS) return false;
    const before = this.#seen.find((look) => since.at_ms - look.at_ms <= SILENT_MS);
    return before !== undefined && packets - before.packets >= FLOW_PACKETS;
  }
}

export class RelayWatch {
  #pc: RTCPeerConnection;
  #onSilent: () => void;
  #silence = new Silence();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(pc: RTCPeerConnection, onSilent: () => void) {
    this.#pc = pc;
    this.#onSilent = onSilent;
    this.#lookAfter(LOOK_EVERY_MS);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #lookAfter(delay_ms: number): void {
    if (!this.#closed) this.#timer = setTimeout(() => void this.#look(), delay_ms);
  }

  async #look(): Promise<void> {
    const packets = await heardByRelay(this.#pc).catch(() => null);
    if (this.#closed) return;
    if (packets !== null && this.#silence.isNew(packets, performance.now())) this.#onSilent();
    this.#lookAfter(packets === null ? LOOK_FOR_RELAY_MS : LOOK_EVERY_MS);
  }
}
