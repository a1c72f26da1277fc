// Watches the leg in use: its recent past for the plots, its streams for the tables, and how good it is.
import type { Leg } from './leg';
import type { Group, ServerQuality } from './protocol';
import { PlayoutDelay, askForDelay } from './playout-delay';
import { gradeOf } from './quality';
import type { InboundDigest, LegDigest, OutboundDigest } from './stats';
import { digestLeg } from './stats';
import type { Quality, Store } from './store';
import { updateCall } from './store';

/** One point of the plots; null: not known then. */
export interface Sample {
  at_ms: number;
  down_kbps: number;
  up_kbps: number;
  estimateDown_kbps: number | null;
  estimateUp_kbps: number | null;
  lossDownPercent: number;
  lossUpPercent: number;
  rtt_ms: number | null;
  /** How long pictures stood still, in seconds of each second, over all of them. */
  freezes: number;
}

export interface ReceivedStream {
  id: string;
  participantId: string;
  group: Group;
  width: number;
  height: number;
  fps: number;
  kbps: number;
  freezes: number;
}
export interface SentStream {
  id: string;
  kind: 'audio' | 'video';
  codec: string;
  rid: string | null;
  mode: string | null;
  width: number;
  height: number;
  fps: number;
  kbps: number;
  active: boolean;
  /** 'bandwidth', 'cpu', …; null: nothing holds it back. */
  limitedBy: string | null;
}
export interface Statistics {
  /** Oldest first. */
  samples: readonly Sample[];
  received: readonly ReceivedStream[];
  sent: readonly SentStream[];
}

const EVERY_MS = 2_000;
const EVERY_SHOWN_MS = 1_000;
const KEPT_MS = 120_000;

interface Reading {
  at_ms: number;
  digest: LegDigest;
}

const sum = <T>(list: readonly T[], of: (item: T) => number): number => list.reduce((total, item) => total + of(item), 0);
const percent = (part: number, all: number): number => (all > 0 ? Math.max(0, Math.min(100, (100 * part) / all)) : 0);
const idOf = (stream: InboundDigest | OutboundDigest): string =>
  `${stream.mid ?? ''}/${stream.kind}/${'rid' in stream ? (stream.rid ?? '') : stream.trackId}`;

/** Counters go back when a stream is replaced: then there is no rate. */
const rate_kbps = (bytes: number, former: number | undefined, seconds: number): number =>
  Math.max(0, Math.round(((bytes - (former ?? bytes)) * 8) / 1000 / seconds));

export function sampleOf(former: Reading, now: Reading): Sample {
  const seconds = Math.max(0.001, (now.at_ms - former.at_ms) / 1000);
  const gained = (of: (digest: LegDigest) => number): number => Math.max(0, of(now.digest) - of(former.digest));
  const lostDown = gained((d) => sum(d.inbound, (s) => s.packetsLost));
  const received = gained((d) => sum(d.inbound, (s) => s.packetsReceived));
  const { rtt_ms, availableOutgoing_bps } = now.digest;
  return {
    at_ms: now.at_ms,
    down_kbps: Math.round((gained((d) => sum(d.inbound, (s) => s.bytesReceived)) * 8) / 1000 / seconds),
    up_kbps: Math.round((gained((d) => sum(d.outbound, (s) => s.bytesSent)) * 8) / 1000 / seconds),
    estimateDown_kbps: null,
    estimateUp_kbps: availableOutgoing_bps === null ? null : Math.round(availableOutgoing_bps / 1000),
    lossDownPercent: percent(lostDown, lostDown + received),
    lossUpPercent: percent(gained((d) => d.packetsLostUp), gained((d) => sum(d.outbound, (s) => s.packetsSent))),
    rtt_ms,
    freezes: gained((d) => sum(d.inbound, (s) => s.totalFreezesDuration)) / seconds,
  };
}

export function receivedOf(former: Reading, now: Reading): ReceivedStream[] {
  const seconds = Math.max(0.001, (now.at_ms - former.at_ms) / 1000);
  const before = new Map(former.digest.inbound.map((stream) => [idOf(stream), stream]));
  return now.digest.inbound.flatMap((stream) => {
    if (stream.kind !== 'video' || stream.participantId === null) return [];
    return {
      id: idOf(stream),
      participantId: stream.participantId,
      group: stream.group === 'screen' ? ('screen' as const) : ('camera' as const),
      width: stream.frameWidth,
      height: stream.frameHeight,
      fps: Math.round(stream.framesPerSecond),
      kbps: rate_kbps(stream.bytesReceived, before.get(idOf(stream))?.bytesReceived, seconds),
      freezes: stream.freezeCount,
    };
  });
}

export function sentOf(former: Reading, now: Reading): SentStream[] {
  const seconds = Math.max(0.001, (now.at_ms - former.at_ms) / 1000);
  const before = new Map(former.digest.outbound.map((stream) => [idOf(stream), stream]));
  const streams = now.digest.outbound.map((stream) => {
    const reason = stream.qualityLimitationReason;
    return {
      id: idOf(stream),
      kind: stream.kind,
      codec: stream.codec?.split('/')[1] ?? '',
      rid: stream.rid,
      mode: stream.scalabilityMode,
      width: stream.frameWidth,
      height: stream.frameHeight,
      fps: Math.round(stream.framesPerSecond),
      kbps: rate_kbps(stream.bytesSent, before.get(idOf(stream))?.bytesSent, seconds),
      active: stream.active,
      limitedBy: reason === 'none' ? null : reason,
    };
  });
  return streams.sort((a, b) => a.kind.localeCompare(b.kind) || b.height - a.height);
}

function pathOf(digest: LegDigest): Quality['path'] {
  if (digest.leg === 'sfu') return 'server';
  const isRelayed = digest.localCandidate?.type === 'relay' || digest.remoteCandidateType === 'relay';
  return isRelayed ? 'relayed' : 'direct';
}

export class StatisticsWatch {
  #store: Store;
  #currentLeg: () => Leg | null;
  #former: { leg: Leg; reading: Reading } | null = null;
  #playoutDelay = new PlayoutDelay();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;

  constructor(store: Store, currentLeg: () => Leg | null) {
    this.#store = store;
    this.#currentLeg = currentLeg;
  }

  start(): void {
    const wait_ms = this.#store.getState().call?.panel === 'statistics' ? EVERY_SHOWN_MS : EVERY_MS;
    this.#timer = setTimeout(() => void this.#turn(), wait_ms);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  onServerQuality({ participants, own }: ServerQuality): void {
    const grades = Object.fromEntries(participants.map(({ participant_id, score, reason }) => [participant_id, { score, reason }]));
    updateCall(this.#store, { grades, ownQuality: own });
  }

  async #turn(): Promise<void> {
    await this.#read().catch(() => undefined);
    if (!this.#isStopped) this.start();
  }

  async #read(): Promise<void> {
    const leg = this.#currentLeg();
    if (leg?.state !== 'connected') return;
    const digest = await digestLeg(leg);
    const reading = { at_ms: performance.now(), digest };
    if (this.#former?.leg !== leg) this.#playoutDelay = new PlayoutDelay();
    askForDelay(leg, this.#playoutDelay.follow(reading.at_ms, digest.inbound));
    const former = this.#former?.leg === leg ? this.#former.reading : reading;
    this.#former = { leg, reading };
    if (former !== reading) this.#publish(leg, former, reading);
  }

  #publish(leg: Leg, former: Reading, now: Reading): void {
    const sample = sampleOf(former, now);
    const { rtt_ms, lossDownPercent } = sample;
    updateCall(this.#store, (call) => {
      const estimateDown_kbps = leg.kind === 'sfu' ? (call.ownQuality?.down_kbps ?? null) : null;
      const samples = [...call.statistics.samples, { ...sample, estimateDown_kbps }];
      return {
        quality: { path: pathOf(now.digest), rtt_ms, lossPercent: Math.round(lossDownPercent) },
        statistics: {
          samples: samples.filter(({ at_ms }) => now.at_ms - at_ms <= KEPT_MS),
          received: receivedOf(former, now),
          sent: sentOf(former, now),
        },
        ...(leg.kind === 'p2p' ? { grades: directGrades(leg, call.selfId, sample), ownQuality: null } : {}),
      };
    });
  }
}

/** Without a server to grade: what is lost on the way in is the other's sending, on the way out one's own. */
function directGrades(leg: Leg, selfId: string, sample: Sample): Record<string, ReturnType<typeof gradeOf>> {
  const own = gradeOf(sample.lossUpPercent, sample.rtt_ms);
  const other = gradeOf(sample.lossDownPercent, sample.rtt_ms);
  const others = leg.remote().map(({ participantId }) => [participantId, other] as const);
  return { ...Object.fromEntries(others), [selfId]: own };
}
