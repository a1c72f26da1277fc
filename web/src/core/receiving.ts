// Reads from getStats which receivers decode: what "the new leg works" means.
export interface Receiving {
  /** Tracks (by id) of which a picture was decoded, or a tenth of a second of sound that came by packet. */
  flows: ReadonlySet<string>;
}

interface InboundStats {
  type: string;
  trackIdentifier?: string;
  kind?: string;
  framesDecoded?: number;
  totalSamplesReceived?: number;
  concealedSamples?: number;
}

/** 100 ms at 48 kHz. What a new jitter buffer makes up until its first packets come does not count. */
const SOUND_SAMPLES = 4_800;

const flows = (stats: InboundStats): boolean =>
  stats.kind === 'video'
    ? (stats.framesDecoded ?? 0) > 0
    : (stats.totalSamplesReceived ?? 0) - (stats.concealedSamples ?? 0) >= SOUND_SAMPLES;

export async function readReceiving(pc: RTCPeerConnection): Promise<Receiving> {
  const ids = new Set<string>();
  const report = await pc.getStats().catch(() => null);
  report?.forEach((stats: InboundStats) => {
    if (stats.type === 'inbound-rtp' && stats.trackIdentifier && flows(stats)) ids.add(stats.trackIdentifier);
  });
  return { flows: ids };
}
