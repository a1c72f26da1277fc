// getStats, digested: for the connection indicator, the statistics, the debug panel and window.parley.stats().
import type { Leg } from './leg';
import type { Mode } from './protocol';

export interface InboundDigest {
  mid: string | null;
  trackId: string;
  kind: 'audio' | 'video';
  participantId: string | null;
  group: string | null;
  packetsReceived: number;
  packetsLost: number;
  bytesReceived: number;
  framesDecoded: number;
  framesPerSecond: number;
  frameWidth: number;
  frameHeight: number;
  freezeCount: number;
  totalFreezesDuration: number;
  nackCount: number;
  audioLevel: number;
  totalAudioEnergy: number;
  totalSamplesReceived: number;
  concealedSamples: number;
  /** Of these, while nobody spoke: not heard. */
  silentConcealedSamples: number;
}
export interface OutboundDigest {
  mid: string | null;
  kind: 'audio' | 'video';
  codec: string | null;
  /** Of simulcast: which layer. */
  rid: string | null;
  active: boolean;
  scalabilityMode: string | null;
  qualityLimitationReason: string | null;
  nackCount: number;
  packetsSent: number;
  bytesSent: number;
  framesEncoded: number;
  framesPerSecond: number;
  frameWidth: number;
  frameHeight: number;
}
export interface LegDigest {
  leg: Mode;
  epoch: number;
  state: string;
  rtt_ms: number | null;
  availableOutgoing_bps: number | null;
  localCandidate: { type: string; protocol: string; relayProtocol: string | null } | null;
  remoteCandidateType: string | null;
  /** Of what was sent, by the other end's reports. */
  packetsLostUp: number;
  inbound: InboundDigest[];
  outbound: OutboundDigest[];
}

type Stat = Readonly<Record<string, unknown>>;
const num = (stat: Stat | undefined, key: string): number => (typeof stat?.[key] === 'number' ? stat[key] : 0);
const str = (stat: Stat | undefined, key: string): string | null =>
  typeof stat?.[key] === 'string' ? stat[key] : null;
const kindOfStat = (stat: Stat): 'audio' | 'video' => (stat['kind'] === 'video' ? 'video' : 'audio');

function ownerOf(leg: Leg, trackId: string): { participantId: string; group: string } | null {
  const media = leg.remote().find((m) => m.audio?.track.id === trackId || m.video?.track.id === trackId);
  return media ? { participantId: media.participantId, group: media.group } : null;
}

function digestInbound(leg: Leg, stat: Stat): InboundDigest {
  const trackId = str(stat, 'trackIdentifier') ?? '';
  const owner = ownerOf(leg, trackId);
  const of = (key: string): number => num(stat, key);
  return {
    mid: str(stat, 'mid'),
    trackId,
    kind: kindOfStat(stat),
    participantId: owner?.participantId ?? null,
    group: owner?.group ?? null,
    packetsReceived: of('packetsReceived'),
    packetsLost: of('packetsLost'),
    bytesReceived: of('bytesReceived'),
    framesDecoded: of('framesDecoded'),
    framesPerSecond: of('framesPerSecond'),
    frameWidth: of('frameWidth'),
    frameHeight: of('frameHeight'),
    freezeCount: of('freezeCount'),
    totalFreezesDuration: of('totalFreezesDuration'),
    nackCount: of('nackCount'),
    audioLevel: of('audioLevel'),
    totalAudioEnergy: of('totalAudioEnergy'),
    totalSamplesReceived: of('totalSamplesReceived'),
    concealedSamples: of('concealedSamples'),
    silentConcealedSamples: of('silentConcealedSamples'),
  };
}

function digestOutbound(stat: Stat, codec: Stat | undefined): OutboundDigest {
  const of = (key: string): number => num(stat, key);
  return {
    mid: str(stat, 'mid'),
    kind: kindOfStat(stat),
    codec: str(codec, 'mimeType'),
    rid: str(stat, 'rid'),
    active: stat['active'] !== false,
    scalabilityMode: str(stat, 'scalabilityMode'),
    qualityLimitationReason: str(stat, 'qualityLimitationReason'),
    nackCount: of('nackCount'),
    packetsSent: of('packetsSent'),
    bytesSent: of('bytesSent'),
    framesEncoded: of('framesEncoded'),
    framesPerSecond: of('framesPerSecond'),
    frameWidth: of('frameWidth'),
    frameHeight: of('frameHeight'),
  };
}

/** Chromium names the chosen pair in `transport`; Firefox marks it `selected`. */
function selectedPair(stats: readonly Stat[], byId: ReadonlyMap<string, Stat>): Stat | undefined {
  const transport = stats.find((stat) => stat['type'] === 'transport' && stat['selectedCandidatePairId']);
  const named = byId.get(str(transport, 'selectedCandidatePairId') ?? '');
  return named ?? stats.find((s) => s['type'] === 'candidate-pair' && s['selected'] === true);
}

async function statsById(pc: RTCPeerConnection): Promise<Map<string, Stat>> {
  const byId = new Map<string, Stat>();
  (await pc.getStats()).forEach((stat: Stat & { id: string }) => byId.set(stat.id, stat));
  return byId;
}

/** How many packets came so far over the path in use, reports too; null: there is none. */
export async function packetsHeard(pc: RTCPeerConnection): Promise<number | null> {
  const byId = await statsById(pc);
  const stats = [...byId.values()];
  const pair = selectedPair(stats, byId);
  if (!pair) return null;
  if (typeof pair['packetsReceived'] === 'number') return pair['packetsReceived'];
  return stats.filter((s) => s['type'] === 'inbound-rtp').reduce((sum, s) => sum + num(s, 'packetsReceived'), 0);
}

export async function digestLeg(leg: Leg): Promise<LegDigest> {
  const byId = await statsById(leg.pc);
  const stats = [...byId.values()];
  const pair = selectedPair(stats, byId);
  const local = byId.get(str(pair, 'localCandidateId') ?? '');
  const remote = byId.get(str(pair, 'remoteCandidateId') ?? '');
  const rtt_s = num(pair, 'currentRoundTripTime');
  return {
    leg: leg.kind,
    epoch: leg.epoch,
    state: leg.state,
    rtt_ms: pair ? Math.round(rtt_s * 1000) : null,
    availableOutgoing_bps: num(pair, 'availableOutgoingBitrate') || null,
    localCandidate: local
      ? {
          type: str(local, 'candidateType') ?? '',
          protocol: str(local, 'protocol') ?? '',
          relayProtocol: str(local, 'relayProtocol'),
        }
      : null,
    remoteCandidateType: str(remote, 'candidateType'),
    packetsLostUp: stats.filter((s) => s['type'] === 'remote-inbound-rtp').reduce((sum, s) => sum + num(s, 'packetsLost'), 0),
    inbound: stats.filter((s) => s['type'] === 'inbound-rtp').map((s) => digestInbound(leg, s)),
    outbound: stats
      .filter((s) => s['type'] === 'outbound-rtp')
      .map((s) => digestOutbound(s, byId.get(str(s, 'codecId') ?? ''))),
  };
}
