// Reads from getStats which receivers decode: what "the new leg works" means.
interface InboundStats {
  type: string;
  trackIdentifier?: string;
  kind?: string;
  framesDecoded?: number;
  totalSamplesReceived?: number;
  concealedSamples?: number;
}

/** 200 ms at 48 kHz without a made-up sample: the jitter buffer has found its depth. */
const CLEAN_SAMPLES = 9_600;
/** On a path that keeps losing packets sound is never that clean: then a second of it will do. */
const ENOUGH_SAMPLES = 48_000;

/** Remembers, for one leg, since when each sound has been whole. */
export class Receiving {
  #pc: RTCPeerConnection;
  /** By track id: how many samples were made up, and the total when that number last grew. */
  #sounds = new Map<string, { concealed: number; cleanFrom: number }>();

  constructor(pc: RTCPeerConnection) {
    this.#pc = pc;
  }

  /** Tracks (by id) of which at least one picture was decoded, or sound runs cleanly. */
  async read(): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    const report = await this.#pc.getStats().catch(() => null);
    report?.forEach((stats: InboundStats) => {
      const id = stats.type === 'inbound-rtp' ? stats.trackIdentifier : undefined;
      if (id && (stats.kind === 'video' ? (stats.framesDecoded ?? 0) > 0 : this.#soundFlows(id, stats))) ids.add(id);
    });
    return ids;
  }

  #soundFlows(id: string, { totalSamplesReceived: total = 0, concealedSamples: concealed = 0 }: InboundStats): boolean {
    const known = this.#sounds.get(id);
    const isWhole = known?.concealed === concealed;
    const cleanFrom = isWhole ? known.cleanFrom : total;
    this.#sounds.set(id, { concealed, cleanFrom });
    return total - cleanFrom >= CLEAN_SAMPLES || total - concealed >= ENOUGH_SAMPLES;
  }
}
