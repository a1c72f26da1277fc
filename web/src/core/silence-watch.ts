// A network that went away, and a relay that died, say nothing, and a browser takes six seconds to doubt a path, and the page
// two more. So what comes is looked at: where media flowed and nothing new plays for a quarter of a second, the socket is asked
// whether it still stands, and packets are counted; when none has come for half a second, another path is made, by an ICE
// restart. The former one stays in use until then, so a network that only paused loses nothing by it.
import { packetsHeard } from './stats';

const LOOK_EVERY_MS = 250;
const LULL_MS = 250;
/** Sources that moved at fewer looks in the second before say nothing when they rest. */
const FLOW_LOOKS = 3;
const SILENT_MS = 500;
/** Until what was begun has had its time. */
const AGAIN_AFTER_MS = 6_000;

/** Whether media that flowed rests. Pure: times come from outside. */
export class Lull {
  #newest: number | null = null;
  #looked_ms = -Infinity;
  #moves_ms: number[] = [];

  /** newest: of all that played, when the newest came; null: nothing ever did. */
  isOn(newest: number | null, now_ms: number): boolean {
    // Hardly anybody looked meanwhile (a page in the background): from here on.
    if (now_ms - this.#looked_ms > 1_000) this.#moves_ms = [];
    this.#looked_ms = now_ms;
    if (newest !== this.#newest) this.#moves_ms.push(now_ms);
    this.#newest = newest;
    const last_ms = this.#moves_ms.at(-1) ?? Infinity;
    this.#moves_ms = this.#moves_ms.filter((ms) => last_ms - ms <= 1_000);
    return this.#moves_ms.length >= FLOW_LOOKS && now_ms - last_ms >= LULL_MS;
  }
}

/** Whether no packet comes in a lull: in a room where nobody sends just now reports still do. Pure. */
export class Silence {
  #packets = -1;
  #since_ms = 0;
  #notBefore_ms = -Infinity;

  /** A lull begins, or is over. */
  reset(): void {
    this.#packets = -1;
  }

  /** packets: all that came so far. True once for each silence. */
  isNew(packets: number, now_ms: number): boolean {
    if (packets !== this.#packets) this.#since_ms = now_ms;
    this.#packets = packets;
    if (now_ms - this.#since_ms < SILENT_MS || now_ms < this.#notBefore_ms) return false;
    this.#notBefore_ms = now_ms + AGAIN_AFTER_MS;
    return true;
  }
}

const newestSource = (pc: RTCPeerConnection): number | null =>
  pc.getReceivers().reduce<number | null>((newest, receiver) => {
    const sources = receiver.getSynchronizationSources().map(({ timestamp }) => timestamp);
    return sources.length > 0 ? Math.max(newest ?? 0, ...sources) : newest;
  }, null);

export interface SilenceEvents {
  /** Nothing new plays: perhaps nobody sends, perhaps the network is gone. */
  onLull: () => void;
  /** And no packet comes. */
  onSilent: () => void;
}

export class SilenceWatch {
  #pc: RTCPeerConnection;
  #events: SilenceEvents;
  #lull = new Lull();
  #silence = new Silence();
  #isLull = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(pc: RTCPeerConnection, events: SilenceEvents) {
    this.#pc = pc;
    this.#events = events;
    this.#lookLater();
  }

  get isLull(): boolean {
    return this.#isLull;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #lookLater(): void {
    if (!this.#closed) this.#timer = setTimeout(() => void this.#look(), LOOK_EVERY_MS);
  }

  async #look(): Promise<void> {
    const now_ms = performance.now();
    const was = this.#isLull;
    this.#isLull = this.#lull.isOn(newestSource(this.#pc), now_ms);
    if (!this.#isLull) this.#silence.reset();
    else if (!was) this.#events.onLull();
    // Statistics are work for the browser: nobody asks for them while media flows.
    const packets = this.#isLull ? await packetsHeard(this.#pc).catch(() => null) : null;
    if (packets !== null && !this.#closed && this.#silence.isNew(packets, now_ms)) this.#events.onSilent();
    this.#lookLater();
  }
}
