// The way through the server: one RTCPeerConnection with own sources first, then pairs of seats.
import { Emitter } from './emitter';
import type { Leg, LegEvents, LegState, OwnStreams, OwnTracks, RemoteMedia } from './leg';
import { PathWatch } from './leg';
import type { SendPlans } from './own-senders';
import { needsDescriptor, OwnSenders } from './own-senders';
import type { ClientOffer, Seat, ServerPublish, Source } from './protocol';
import { enableDependencyDescriptor, preferCodecs } from './publish';
import { slimOffer } from './slim-offer';

export interface SfuLegOptions {
  pc: RTCPeerConnection;
  epoch: number;
  tracks: OwnTracks;
  streams: OwnStreams;
  plans: SendPlans;
  /** false: only watches. Even an m-line that carries nothing would be refused. */
  publishes: boolean;
  seats: number;
  maxSeats: number;
  /** Lets the connection gather relayed candidates from its next restart on. */
  addRelays: () => void;
  /** Sends an offer, gives the answer's SDP. */
  offer: (message: Omit<ClientOffer, 'id'>) => Promise<string>;
  onError: (error: unknown) => void;
}

interface SeatPair {
  audio: RTCRtpTransceiver;
  video: RTCRtpTransceiver;
}

/** Without a path by then, the next try has relays: UDP and TCP to the server may be blocked. */
const RELAYS_AFTER_MS = 2_500;
// Few to begin with: setting up m-lines is work for a browser that still plays its former leg.
const SEAT_STEPS = [2, 4, 8, 12, 16, 24] as const;

/** How many seats to ask for: some spare, so that most joins need no new offer. */
export const seatsFor = (wanted: number, maxSeats: number): number =>
  Math.min(SEAT_STEPS.find((step) => step >= wanted) ?? maxSeats, maxSeats);

export class SfuLeg extends Emitter<LegEvents> implements Leg {
  readonly kind = 'sfu';
  epoch: number;
  readonly pc: RTCPeerConnection;
  readonly startedAt_ms = performance.now();
  #options: SfuLegOptions;
  #senders: OwnSenders;
  #seats: SeatPair[] = [];
  #seated: readonly Seat[] = [];
  #watch: PathWatch;
  #relayTimer: ReturnType<typeof setTimeout> | undefined;
  #isNew = true;
  #isPrepared = false;
  #negotiating = false;
  #again = false;

  constructor(options: SfuLegOptions) {
    super();
    this.#options = options;
    this.epoch = options.epoch;
    this.pc = options.pc;
    this.#senders = new OwnSenders(options);
    this.#watch = new PathWatch(this.pc, {
      onState: (state) => this.#onState(state),
      onRestart: () => this.restart(),
      onLull: () => this.emit('lull', undefined),
    });
  }

  get state(): LegState {
    return this.#watch.state;
  }
  get isLull(): boolean {
    return this.#watch.isLull;
  }
  get plans(): SendPlans {
    return this.#senders.plans;
  }

  async start(): Promise<void> {
    this.#addAll();
    await this.#negotiate();
    if (this.state === 'connecting' && !this.#isNew) this.#relayTimer = setTimeout(() => this.restart(), RELAYS_AFTER_MS);
  }

  /**
   * Everything that can be done before the server is asked, above all what holds up the media of another
   * leg: m-lines and their transports. start() then sends the offer that was made here.
   */
  async prepare(): Promise<void> {
    this.#addAll();
    await this.pc.setLocalDescription();
    this.#isPrepared = true;
  }

  #addAll(): void {
    if (this.#seats.length > 0) return;
    if (this.#options.publishes) this.#senders.addAll();
    this.#addSeats(seatsFor(this.#options.seats, this.#options.maxSeats));
  }

  setSeats(seats: readonly Seat[]): void {
    this.#seated = seats;
    this.emit('media', undefined);
  }

  /** Grows, never shrinks: an unused seat costs a few bytes of SDP, a new offer costs a round trip. */
  ensureSeats(wanted: number): void {
    const seats = seatsFor(wanted, this.#options.maxSeats);
    if (seats <= this.#seats.length) return;
    this.#addSeats(seats);
    void this.#negotiate();
  }

  remote(): RemoteMedia[] {
    return this.#seated.flatMap((seat) => {
      const pair = this.#seats[seat.seat];
      if (!pair || seat.participant_id === null) return [];
      return {
        participantId: seat.participant_id,
        group: seat.group,
        audio: seat.audio ? pair.audio.receiver : null,
        video: seat.video ? pair.video.receiver : null,
        codecProblem: seat.problem === 'codec',
        paused: seat.paused ?? null,
      };
    });
  }

  async setTrack(source: Source, track: MediaStreamTrack | null): Promise<void> {
    if (await this.#senders.setTrack(source, track)) await this.#negotiate();
  }

  /** Which layers anybody watches, by the server: the others stop at once, and start again at once. */
  setPublish(sources: ServerPublish['sources']): void {
    for (const { source, layers, max_temporal } of sources)
      this.#senders.setWanted(source, { running: layers, highestTemporal: max_temporal });
  }

  restart(): void {
    if (this.state === 'closed') return;
    this.#options.addRelays();
    this.pc.restartIce();
    void this.#negotiate();
  }

  close(): void {
    clearTimeout(this.#relayTimer);
    this.#watch.close();
    this.clear();
    this.pc.close();
  }

  #onState(state: LegState): void {
    clearTimeout(this.#relayTimer);
    if (state === 'connected') this.#senders.apply();
    this.emit('state', state);
  }

  #addSeats(total: number): void {
    while (this.#seats.length < total) {
      const audio = this.pc.addTransceiver('audio', { direction: 'recvonly' });
      const video = this.pc.addTransceiver('video', { direction: 'recvonly' });
      preferCodecs(audio, 'audio');
      preferCodecs(video, 'video');
      // Whoever sends SVC, in whatever codec: the server thins it out, and the decoder must be told.
      enableDependencyDescriptor(video);
      this.#seats.push({ audio, video });
    }
  }

  /** One offer at a time; what changes meanwhile goes into the next. */
  async #negotiate(): Promise<void> {
    if (this.#negotiating) {
      this.#again = true;
      return;
    }
    this.#negotiating = true;
    try {
      do await this.#offerOnce();
      while (this.#takeAgain() && this.state !== 'closed');
    } catch (error) {
      if (this.state !== 'closed') this.#options.onError(error);
    } finally {
      this.#negotiating = false;
    }
  }

  #takeAgain(): boolean {
    const again = this.#again;
    this.#again = false;
    return again;
  }

  async #offerOnce(): Promise<void> {
    if (!this.#isPrepared) await this.pc.setLocalDescription();
    this.#isPrepared = false;
    const { camera, screen } = this.#senders.plans;
    const sdp = slimOffer(this.pc.localDescription?.sdp ?? '', { describesLayers: [camera, screen].some(needsDescriptor) });
    const sources = this.#senders.mids();
    const answer = await this.#options.offer({ type: 'offer', epoch: this.epoch, new_leg: this.#isNew, sdp, sources });
    if (this.state === 'closed') return;
    this.#isNew = false;
    await this.pc.setRemoteDescription({ type: 'answer', sdp: answer });
    this.emit('media', undefined);
  }
}
