// Reads from getStats which receivers decode: what "the new leg works" means.
export interface Receiving {
  /** Tracks (by id) of which at least one picture was decoded, or sound came out of the jitter buffer. */
  flows: ReadonlySet<string>;
}

interface InboundStats {
  type: string;
  trackIdentifier?: string;
  kind?: string;
  framesDecoded?: number;
  packetsReceived?: number;
  totalSamplesReceived?: number;
}

const flows = (stats: InboundStats): boolean =>
  stats.kind === 'video'
    ? (stats.framesDecoded ?? 0) > 0
    : (stats.packetsReceived ?? 0) > 0 && (stats.totalSamplesReceived ?? 1) > 0;

export async function readReceiving(pc: RTCPeerConnection): Promise<Receiving> {
  const ids = new Set<string>();
  const report = await pc.getStats().catch(() => null);
  report?.forEach((stats: InboundStats) => {
    if (stats.type === 'inbound-rtp' && stats.trackIdentifier && flows(stats)) ids.add(stats.trackIdentifier);
  });
  return { flows: ids };
}
