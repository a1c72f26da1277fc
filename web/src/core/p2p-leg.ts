// The direct way between two participants. The one who joined later offers first and is polite.
import { Emitter } from './emitter';
import type { Leg, LegEvents, LegState, OwnStreams, OwnTracks, RemoteMedia } from './leg';
import { groupOf, kindOf, PathWatch } from './leg';
import { Negotiator } from './negotiator';
import type { ClientCandidate, ClientDescription, ServerCandidate, ServerDescription, Source } from './protocol';
import { applyEncoding, dropOrphanLines, encodingOf, preferCodecs } from './publish';

export interface P2pLegOptions {
  pc: RTCPeerConnection;
  epoch: number;
  peerId: string;
  /** This side joined later. */
  offersFirst: boolean;
  tracks: OwnTracks;
  streams: OwnStreams;
  send: (message: Omit<ClientDescription, 'id'> | Omit<ClientCandidate, 'id'>) => void;
  onError: (error: unknown) => void;
}

export class P2pLeg extends Emitter<LegEvents> implements Leg {
  readonly kind = 'p2p';
  readonly epoch: number;
  readonly pc: RTCPeerConnection;
  readonly startedAt_ms = performance.now();
  readonly peerId: string;
  #options: P2pLegOptions;
  #tracks: Record<Source, MediaStreamTrack | null>;
  #senders = new Map<Source, RTCRtpTransceiver>();
  #negotiator: Negotiator;
  #watch: PathWatch;

  constructor(options: P2pLegOptions) {
    super();
    this.#options = options;
    this.epoch = options.epoch;
    this.peerId = options.peerId;
    this.pc = options.pc;
    this.#tracks = { ...options.tracks };
    const address = { to: options.peerId, epoch: options.epoch };
    this.#negotiator = new Negotiator({
      pc: this.pc,
      polite: options.offersFirst,
      sendDescription: ({ type, sdp }) =>
        options.send({ type: 'description', ...address, description: { type, sdp: dropOrphanLines(sdp) } }),
      sendCandidate: (candidate) => options.send({ type: 'candidate', ...address, candidate: forWire(candidate) }),
      beforeAnswer: () => this.#adoptCameraPair(),
      onError: options.onError,
    });
    this.#watch = new PathWatch(this.pc, {
      onState: (state) => this.#onState(state),
      onRestart: () => this.restart(),
      onLull: () => this.emit('lull', undefined),
    });
    this.pc.addEventListener('track', () => this.emit('media', undefined));
    // What 'track' announced flows, by currentDirection, only once the answer is set.
    this.pc.addEventListener('signalingstatechange', () => {
      if (this.pc.signalingState === 'stable') this.emit('media', undefined);
    });
  }

  get state(): LegState {
    return this.#watch.state;
  }
  get isLull(): boolean {
    return this.#watch.isLull;
  }

  start(): Promise<void> {
    if (this.#options.offersFirst) {
      this.#addSender('microphone');
      this.#addSender('camera');
      this.#addScreenSenders();
    }
    return Promise.resolve();
  }

  receive(message: ServerDescription | ServerCandidate): void {
    if (message.type === 'description') this.#negotiator.receiveDescription(message.description);
    else this.#negotiator.receiveCandidate(message.candidate);
  }

  /**
   * The first audio and the first video m-line carry camera and microphone both ways; whatever follows
   * is a screen, sent one way.
   */
  remote(): RemoteMedia[] {
    const transceivers = this.pc.getTransceivers();
    const receiving = transceivers.filter((t) => t.currentDirection === 'sendrecv' || t.currentDirection === 'recvonly');
    const pair = (['audio', 'video'] as const).map((kind) => transceivers.find((t) => t.receiver.track.kind === kind));
    const screens = receiving.filter((t) => !pair.includes(t));
    const pick = (kind: string): RTCRtpReceiver | null =>
      screens.find((t) => t.receiver.track.kind === kind)?.receiver ?? null;
    const arrives = (t: RTCRtpTransceiver | undefined): RTCRtpReceiver | null =>
      t && receiving.includes(t) ? t.receiver : null;
    const base = { participantId: this.peerId, codecProblem: false, paused: null };
    return [
      { ...base, group: 'camera', audio: arrives(pair[0]), video: arrives(pair[1]) },
      { ...base, group: 'screen', audio: pick('audio'), video: pick('video') },
    ];
  }

  async setTrack(source: Source, track: MediaStreamTrack | null): Promise<void> {
    this.#tracks[source] = track;
    const transceiver = this.#senders.get(source);
    if (transceiver) {
      await transceiver.sender.replaceTrack(track);
      await applyEncoding(transceiver.sender, source);
    } else if (track && groupOf(source) === 'screen' && this.pc.remoteDescription) {
      this.#addSender(source);
    }
  }

  restart(): void {
    this.pc.restartIce();
  }

  close(): void {
    this.#watch.close();
    this.clear();
    this.pc.close();
  }

  #onState(state: LegState): void {
    if (state === 'connected') for (const [source, t] of this.#senders) void applyEncoding(t.sender, source);
    this.emit('state', state);
    this.emit('media', undefined);
  }

  #addSender(source: Source): void {
    const track = this.#tracks[source];
    const group = groupOf(source);
    const transceiver = this.pc.addTransceiver(track ?? kindOf(source), {
      direction: group === 'camera' ? 'sendrecv' : 'sendonly',
      streams: [this.#options.streams[group]],
      sendEncodings: [encodingOf(source, track)],
    });
    preferCodecs(transceiver, kindOf(source));
    this.#senders.set(source, transceiver);
  }

  #addScreenSenders(): void {
    for (const source of ['screen', 'screen-audio'] as const) {
      if (this.#tracks[source] && !this.#senders.has(source)) this.#addSender(source);
    }
  }

  /** The waiting side: the offer has made the transceivers; own tracks go into the first pair. */
  async #adoptCameraPair(): Promise<void> {
    if (!this.#senders.has('microphone') && !this.#options.offersFirst) {
      for (const source of ['microphone', 'camera'] as const) await this.#adopt(source);
      // Their own offer follows by negotiationneeded, once this answer is out.
      this.#addScreenSenders();
    }
  }

  async #adopt(source: 'microphone' | 'camera'): Promise<void> {
    const transceiver = this.pc.getTransceivers().find((t) => t.receiver.track.kind === kindOf(source));
    if (!transceiver) return;
    transceiver.direction = 'sendrecv';
    preferCodecs(transceiver, kindOf(source));
    transceiver.sender.setStreams(this.#options.streams.camera);
    this.#senders.set(source, transceiver);
    await transceiver.sender.replaceTrack(this.#tracks[source]);
  }
}

function forWire(candidate: RTCIceCandidateInit | null): ClientCandidate['candidate'] {
  if (!candidate) return null;
  const { candidate: line = '', sdpMid = null, sdpMLineIndex = null, usernameFragment = null } = candidate;
  return { candidate: line, sdpMid, sdpMLineIndex, usernameFragment };
}
