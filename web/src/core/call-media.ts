// The media side of a call: makes the legs the server asks for, feeds them own tracks, moves between them.
import type { CodecChoice } from './codecs';
import type { Leg } from './leg';
import { newOwnStreams } from './leg';
import { LegSwitch } from './leg-switch';
import type { LocalMedia } from './local-media';
import type { SendPlans } from './own-senders';
import { P2pLeg } from './p2p-leg';
import type { PeerFactory } from './peer';
import type { Playout } from './playout';
import type {
  ClientOffer,
  Participant,
  Seat,
  ServerCandidate,
  ServerDescription,
  ServerJoined,
  ServerMediaRestart,
  ServerMode,
  ServerModeDone,
  ServerPublish,
} from './protocol';
import { isOutgrown, sendPlans } from './send-plan';
import { SfuLeg } from './sfu-leg';
import type { Signalling } from './signalling';
import { SignallingError } from './signalling';

export interface CallMediaOptions {
  signalling: Signalling;
  local: LocalMedia;
  playout: Playout;
  peers: PeerFactory;
  joined: ServerJoined;
  participants: () => Readonly<Record<string, Participant>>;
  codecChoice: () => CodecChoice;
  onChange: () => void;
}

/** People come and go in bursts; each change of codec takes a new leg. */
const REPLAN_AFTER_MS = 1_000;
/** Between attempts after refused offers: a server that is short of something is not pressed. */
const REBUILD_MS = [500, 1000, 2000, 5000, 10_000];
/** A direct call that has stood for this long gets a leg to the server made ready, in case a third joins. */
const SPARE_AFTER_MS = 2_500;
/** Without a switch in the room nobody says mode-done: the new leg takes over at the latest after this. */
const TAKE_OVER_AFTER_MS = 6_000;

export class CallMedia {
  readonly legs: LegSwitch;
  #options: CallMediaOptions;
  #streams = newOwnStreams();
  #epoch: number;
  /** The server waits for mode-ready and will say mode-done; otherwise the switch is this page's own affair. */
  #roomSwitches = false;
  #seats: readonly Seat[] = [];
  /** Offers that the server refused in a row. */
  #refusals = 0;
  #replanTimer: ReturnType<typeof setTimeout> | undefined;
  #takeOverTimer: ReturnType<typeof setTimeout> | undefined;
  /** Prepared, not offered to the server yet. */
  #spare: SfuLeg | null = null;
  #spareTimer: ReturnType<typeof setTimeout> | undefined;
  #unsubscribe: (() => void)[];

  constructor(options: CallMediaOptions) {
    this.#options = options;
    this.#epoch = options.joined.mode.epoch;
    const sourcesOf = (id: string) => options.participants()[id]?.sources;
    this.legs = new LegSwitch({ playout: options.playout, sourcesOf });
    this.legs.on('change', () => options.onChange());
    this.legs.on('ready', () => this.#onReady());
    this.legs.on('lull', () => options.signalling.verify());
    this.legs.on('failed', (leg) => this.#onFailed(leg));
    this.#unsubscribe = [
      options.local.on('track', ({ source, track }) => {
        for (const leg of this.legs.legs) void leg.setTrack(source, track).catch(this.#logError);
        this.#planSpare();
        this.replan();
      }),
    ];
    options.peers.warmUp();
  }

  start(): void {
    this.#adoptMode(this.#options.joined);
  }

  onMode(message: ServerMode): void {
    if (message.epoch < this.#epoch) return;
    const newest = this.legs.newest;
    if (newest?.epoch === message.epoch && newest.kind === message.mode) {
      this.#roomSwitches = true;
      return;
    }
    this.#epoch = message.epoch;
    this.#roomSwitches = true;
    if (message.mode === 'sfu' && this.#keepSfuLeg()) return;
    this.#build(message.mode, message.reason);
  }

  onModeDone(message: ServerModeDone): void {
    if (message.epoch !== this.#epoch) return;
    this.#roomSwitches = false;
    if (this.legs.next?.kind === message.mode) this.#finish();
    else if (message.mode === 'p2p' && !this.#hasOther()) this.legs.closeAll();
    else if (this.legs.current?.kind !== message.mode) this.#build(message.mode, 'mode-done');
  }

  onMediaRestart(message: ServerMediaRestart): void {
    this.#epoch = Math.max(this.#epoch, message.epoch);
    this.#build('sfu', 'media-restart');
  }

  onSeats(seats: readonly Seat[]): void {
    this.#seats = seats;
    for (const leg of this.legs.legs) if (leg instanceof SfuLeg) leg.setSeats(seats);
  }

  /** Said of the newest leg; one that was just made sends everything until it is told otherwise. */
  onPublish({ sources }: ServerPublish): void {
    const { newest } = this.legs;
    if (newest instanceof SfuLeg) newest.setPublish(sources);
  }

  onRelayed(message: ServerDescription | ServerCandidate): void {
    const leg = this.legs.legs.find((l) => l instanceof P2pLeg && l.epoch === message.epoch);
    if (leg instanceof P2pLeg) leg.receive(message);
  }

  onParticipantsChanged(): void {
    for (const leg of this.legs.legs) if (leg instanceof SfuLeg) leg.ensureSeats(this.#wantedSeats());
    this.replan();
  }

  /** The codec setting, the devices in the room or the own camera changed: another leg, if it takes one. */
  replan(): void {
    clearTimeout(this.#replanTimer);
    this.#replanTimer = setTimeout(() => {
      const { current, next } = this.legs;
      if (!(current instanceof SfuLeg) || current.state !== 'connected' || next) return;
      if (this.#options.joined.role === 'viewer') return;
      if (isOutgrown(current.plans, this.#plans(), this.#options.local.tracks)) this.#build('sfu', 'replanned');
    }, REPLAN_AFTER_MS);
  }

  #plans(): SendPlans {
    const { participants, codecChoice, local } = this.#options;
    return sendPlans({ choice: codecChoice(), participants: participants(), tracks: local.tracks });
  }

  /** Alone again: a direct leg has no other end. */
  onOtherLeft(participantId: string): void {
    const isPeer = (leg: Leg | null): boolean => leg instanceof P2pLeg && leg.peerId === participantId;
    if (isPeer(this.legs.next)) this.legs.abandon();
    if (isPeer(this.legs.current) && !this.legs.next) this.legs.closeAll();
    this.#planSpare();
    this.#options.playout.forget(participantId);
    this.#options.peers.warmUp();
  }

  onResumed(joined: ServerJoined): void {
    this.#adoptMode(joined);
    for (const leg of this.legs.legs) if (leg.state !== 'connected' || leg.isLull) this.#mend(leg);
  }

  /**
   * Socket and media fell silent together: another network. An ICE restart would do, but a browser doubts the former path for
   * two and a half seconds before it sends over another; a new connection has none.
   */
  #mend(leg: Leg): void {
    if (leg.isLull && leg instanceof SfuLeg && leg === this.legs.newest) this.#build('sfu', 'network-changed');
    else leg.restart();
  }

  onNetworkChange(): void {
    for (const leg of this.legs.legs) leg.restart();
    this.#planSpare();
  }

  close(): void {
    clearTimeout(this.#replanTimer);
    clearTimeout(this.#takeOverTimer);
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#dropSpare();
    this.legs.closeAll();
    this.legs.clear();
  }

  #adoptMode(joined: ServerJoined): void {
    const { mode, epoch, switching } = joined.mode;
    const newest = this.legs.newest;
    const isKnown = newest !== null && newest.epoch === epoch && newest.kind === mode;
    this.#epoch = epoch;
    if (isKnown && !switching && this.legs.next) this.#finish();
    if (isKnown) return;
    this.#roomSwitches = switching;
    // A direct leg that nobody has begun yet is announced by `mode`.
    if (mode === 'sfu' || (this.#hasOther() && switching)) this.#build(mode, joined.resumed ? 'resumed' : 'joined');
  }

  #hasOther(): boolean {
    return Object.keys(this.#options.participants()).length > 0;
  }

  /** The way back to P2P failed: the leg through the server was never left. */
  #keepSfuLeg(): boolean {
    const { current } = this.legs;
    if (!(current instanceof SfuLeg) || current.state !== 'connected') return false;
    current.epoch = this.#epoch;
    this.legs.abandon();
    this.#options.signalling.post({ type: 'mode-ready', epoch: this.#epoch });
    return true;
  }

  #build(mode: 'p2p' | 'sfu', reason: string): void {
    const leg = mode === 'sfu' ? (this.#takeSpare() ?? this.#newSfuLeg()) : this.#newP2pLeg();
    if (!leg) return;
    if (leg instanceof SfuLeg) this.#seats = [];
    this.legs.begin(leg, reason);
    leg.start().catch(this.#logError);
    clearTimeout(this.#takeOverTimer);
    this.#takeOverTimer = setTimeout(() => this.#takeOver(leg), TAKE_OVER_AFTER_MS);
  }

  #newP2pLeg(): P2pLeg | null {
    const { peers, local, joined, participants } = this.#options;
    const [peer] = Object.values(participants());
    if (!peer) return null;
    return new P2pLeg({
      pc: peers.take(),
      epoch: this.#epoch,
      peerId: peer.participant_id,
      offersFirst: joined.order > peer.order,
      tracks: local.tracks,
      streams: this.#streams,
      send: (message) => this.#options.signalling.post(message),
      onError: this.#logError,
    });
  }

  #newSfuLeg(): SfuLeg {
    const { peers, local, joined } = this.#options;
    const pc = peers.takeBare();
    const leg: SfuLeg = new SfuLeg({
      pc,
      epoch: this.#epoch,
      tracks: local.tracks,
      streams: this.#streams,
      plans: this.#plans(),
      publishes: joined.role !== 'viewer',
      seats: this.#wantedSeats(),
      maxSeats: joined.max_seats,
      addRelays: () => peers.addRelays(pc),
      // Of another connection than the newest the server has forgotten everything.
      offer: (message) => (leg === this.legs.newest ? this.#offer(message) : Promise.reject(new SignallingError('stale_epoch'))),
      onError: (error) => this.#onOfferRefused(leg, error),
    });
    return leg;
  }

  /** Anew after each change of what would be sent: a spare leg is not kept up to date, it is replaced. */
  #planSpare(): void {
    this.#dropSpare();
    if (this.#options.joined.room.mode !== 'auto' || !(this.legs.current instanceof P2pLeg)) return;
    this.#spareTimer = setTimeout(() => {
      if (!(this.legs.current instanceof P2pLeg) || this.legs.next) return;
      const spare = this.#newSfuLeg();
      this.#spare = spare;
      spare.prepare().catch(() => this.#dropSpare());
    }, SPARE_AFTER_MS);
  }

  #takeSpare(): SfuLeg | null {
    const spare = this.#spare;
    this.#spare = null;
    this.#dropSpare();
    if (!spare) return null;
    spare.epoch = this.#epoch;
    return spare;
  }

  #dropSpare(): void {
    clearTimeout(this.#spareTimer);
    this.#spare?.close();
    this.#spare = null;
  }

  async #offer(message: Omit<ClientOffer, 'id'>): Promise<string> {
    const reply = await this.#options.signalling.request(message);
    if (reply.type !== 'answer') throw new SignallingError('internal');
    this.#refusals = 0;
    return reply.sdp;
  }

  /** A lost socket is no fault of the leg: the resume offers again. */
  #onOfferRefused(leg: SfuLeg, error: unknown): void {
    const code = error instanceof SignallingError ? error.code : null;
    if (code === 'lost' || code === 'stale_epoch' || code === 'wrong_mode') return;
    this.#logError(error);
    if (!this.legs.legs.includes(leg)) return;
    const delay_ms = REBUILD_MS[Math.min(this.#refusals++, REBUILD_MS.length - 1)];
    setTimeout(() => {
      if (this.legs.legs.includes(leg)) this.#build('sfu', 'offer-refused');
    }, delay_ms);
  }

  #onReady(): void {
    const hadLeg = this.legs.current !== null;
    if (this.#roomSwitches) this.#options.signalling.post({ type: 'mode-ready', epoch: this.#epoch });
    // Nothing to keep, or nobody to wait for: over at once.
    if (!this.#roomSwitches || !hadLeg) this.#finish();
  }

  #takeOver(leg: Leg): void {
    if (this.legs.next === leg && leg.state === 'connected' && !this.#roomSwitches) this.#finish();
  }

  #finish(): void {
    clearTimeout(this.#takeOverTimer);
    this.legs.finish();
    this.#options.peers.warmUp();
    this.onParticipantsChanged();
    this.#planSpare();
  }

  #onFailed(leg: Leg): void {
    if (leg.kind === 'p2p') {
      this.#options.signalling.post({ type: 'mode-failed', epoch: leg.epoch, reason: 'no path to the other side' });
    } else if (leg === this.legs.newest) {
      this.#build('sfu', 'path-lost');
    }
  }

  #wantedSeats(): number {
    const others = Object.values(this.#options.participants());
    return others.length + others.filter((participant) => participant.sources.screen).length;
  }

  #logError = (error: unknown): void => {
    console.warn('parley: leg', error);
  };

  /** For window.parley. */
  get seats(): readonly Seat[] {
    return this.#seats;
  }
}
