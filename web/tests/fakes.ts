// Stand-ins for what the browser gives: just enough to drive the core's rules.
import { Emitter } from '../src/core/emitter';
import type { Leg, LegEvents, LegState, RemoteMedia } from '../src/core/leg';
import type { Mode, ServerJoined } from '../src/core/protocol';

export const ADA = 'aaaaaaaaaaaaaaaa';
export const BOB = 'bbbbbbbbbbbbbbbb';
export const CLEO = 'cccccccccccccccc';
export const ALL_ON = { microphone: true, camera: true, screen: false, 'screen-audio': false };

export const joinedMessage = (change: Partial<ServerJoined> = {}): ServerJoined => ({
  type: 'joined',
  participant_id: ADA,
  session: 's'.repeat(32),
  resumed: false,
  room: { room_id: 'babab-dafil-gosiv-lutok', name: '', mode: 'auto', capacity: 8, created_at: '2026-01-05T09:00:00Z' },
  participants: [],
  order: 0,
  mode: { mode: 'p2p', epoch: 0, switching: false },
  chat: [],
  ice_servers: [],
  resume_s: 30,
  max_seats: 24,
  ...change,
});

export class FakeSocket {
  static sockets: FakeSocket[] = [];
  static readonly OPEN = 1;
  static get last(): FakeSocket {
    const socket = FakeSocket.sockets.at(-1);
    if (!socket) throw new Error('no socket was opened');
    return socket;
  }

  readyState = 0;
  sent: Record<string, unknown>[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(
    readonly url: string,
    readonly protocol: string,
  ) {
    FakeSocket.sockets.push(this);
  }

  open(): void {
    this.readyState = FakeSocket.OPEN;
    this.onopen?.();
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  receive(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  /** Answers the newest request of this type. */
  reply(type: string, message: object): void {
    this.receive({ ...message, id: this.sent.findLast((sent) => sent['type'] === type)?.['id'] });
  }
  fail(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
  close(code = 1000): void {
    if (this.readyState !== 3) this.fail(code);
  }
}

type Signalling = 'stable' | 'have-local-offer' | 'have-remote-offer';

/** The state machine of offers and answers, rollback included; nothing is sent anywhere. */
export class FakePeer extends EventTarget {
  signalingState: Signalling = 'stable';
  connectionState = 'new';
  iceConnectionState = 'new';
  localDescription: { type: string; sdp: string } | null = null;
  remoteDescription: { type: string; sdp: string } | null = null;
  candidates: unknown[] = [];
  rollbacks = 0;
  iceRestarts = 0;
  failCandidates = false;
  #serial = 0;

  setLocalDescription(): Promise<void> {
    const type = this.signalingState === 'have-remote-offer' ? 'answer' : 'offer';
    this.signalingState = type === 'answer' ? 'stable' : 'have-local-offer';
    this.localDescription = { type, sdp: `${type} ${++this.#serial}` };
    return Promise.resolve();
  }
  setRemoteDescription(description: { type: string; sdp: string }): Promise<void> {
    if (description.type === 'offer' && this.signalingState === 'have-local-offer') this.rollbacks += 1;
    if (description.type === 'answer' && this.signalingState !== 'have-local-offer') {
      return Promise.reject(new Error('unexpected answer'));
    }
    this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable';
    this.remoteDescription = description;
    return Promise.resolve();
  }
  addIceCandidate(candidate: unknown): Promise<void> {
    if (this.failCandidates) return Promise.reject(new Error('unknown ufrag'));
    this.candidates.push(candidate);
    return Promise.resolve();
  }
  restartIce(): void {
    this.iceRestarts += 1;
  }
  getReceivers(): RTCRtpReceiver[] {
    return [];
  }
  getStats(): Promise<Map<string, unknown>> {
    return Promise.resolve(new Map<string, unknown>());
  }
  close(): void {
    this.connectionState = 'closed';
  }
}

export const receiverOf = (trackId: string, kind: 'audio' | 'video'): RTCRtpReceiver =>
  ({ track: { id: trackId, kind } }) as unknown as RTCRtpReceiver;

/** A leg whose media and decoding the test decides. */
export class FakeLeg extends Emitter<LegEvents> implements Leg {
  state: LegState = 'connecting';
  readonly isLull = false;
  readonly startedAt_ms = 0;
  readonly pc: RTCPeerConnection;
  decoding = new Set<string>();
  media: RemoteMedia[] = [];

  constructor(
    readonly kind: Mode,
    readonly epoch: number,
  ) {
    super();
    const statsOf = (id: string) => ({
      type: 'inbound-rtp',
      kind: id.endsWith('video') ? 'video' : 'audio',
      trackIdentifier: id,
      framesDecoded: 1,
      packetsReceived: 1,
      totalSamplesReceived: 60_000,
      concealedSamples: 480,
    });
    const getStats = () => Promise.resolve(new Map(Array.from(this.decoding, (id) => [id, statsOf(id)] as const)));
    this.pc = { getStats } as unknown as RTCPeerConnection;
  }

  /** The participant's camera and microphone arrive in this leg. */
  carries(participantId: string): this {
    const id = `${this.kind}-${this.epoch}-${participantId}`;
    this.media.push({
      participantId,
      group: 'camera',
      audio: receiverOf(`${id}-audio`, 'audio'),
      video: receiverOf(`${id}-video`, 'video'),
      codecProblem: false,
      paused: null,
    });
    return this;
  }
  decodes(participantId: string, ...kinds: ('audio' | 'video')[]): void {
    for (const kind of kinds) this.decoding.add(`${this.kind}-${this.epoch}-${participantId}-${kind}`);
  }
  become(state: LegState): void {
    this.state = state;
    this.emit('state', state);
  }
  start(): Promise<void> {
    return Promise.resolve();
  }
  remote(): RemoteMedia[] {
    return this.media;
  }
  setTrack(): Promise<void> {
    return Promise.resolve();
  }
  restart(): void {
    return;
  }
  close(): void {
    this.state = 'closed';
  }
}
