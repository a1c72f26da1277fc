// A leg is one way the media takes: directly to the other (p2p-leg.ts), or through the server (sfu-leg.ts).
import type { Emitter } from './emitter';
import type { Group, Mode, Seat, Source } from './protocol';
import { SilenceWatch } from './silence-watch';

export type LegState = 'connecting' | 'connected' | 'interrupted' | 'failed' | 'closed';

export type Pause = NonNullable<Seat['paused']>;
export type TileKey = `${string}:${Group}`;
export const tileKey = (participantId: string, group: Group): TileKey => `${participantId}:${group}`;

/** What arrives from one participant's camera + microphone, or screen + screen audio. */
export interface RemoteMedia {
  participantId: string;
  group: Group;
  audio: RTCRtpReceiver | null;
  video: RTCRtpReceiver | null;
  /** This browser cannot decode what the source sends. */
  codecProblem: boolean;
  /** Why the server sends no picture, though there is one. */
  paused: Pause | null;
}

export interface LegEvents {
  state: LegState;
  /** remote() changed. */
  media: undefined;
  /** Nothing new plays of what flowed: the network may be gone. */
  lull: undefined;
}

export interface Leg extends Emitter<LegEvents> {
  readonly kind: Mode;
  readonly epoch: number;
  readonly pc: RTCPeerConnection;
  readonly state: LegState;
  readonly isLull: boolean;
  readonly startedAt_ms: number;
  start(): Promise<void>;
  remote(): RemoteMedia[];
  /** Sends this track as that source from now on; null: nothing. */
  setTrack(source: Source, track: MediaStreamTrack | null): Promise<void>;
  /** The network changed or the path broke: an ICE restart. */
  restart(): void;
  close(): void;
}

export type OwnTracks = Readonly<Record<Source, MediaStreamTrack | null>>;

export const SOURCES: readonly Source[] = ['microphone', 'camera', 'screen', 'screen-audio'];
export const kindOf = (source: Source): 'audio' | 'video' =>
  source === 'camera' || source === 'screen' ? 'video' : 'audio';
export const groupOf = (source: Source): Group =>
  source === 'camera' || source === 'microphone' ? 'camera' : 'screen';

/** Own tracks travel in two streams, so that the browsers keep each pair's picture and sound in step. */
export interface OwnStreams {
  camera: MediaStream;
  screen: MediaStream;
}
export const newOwnStreams = (): OwnStreams => ({ camera: new MediaStream(), screen: new MediaStream() });

const FAILED_AFTER_MS = 12_000;
const RESTART_AFTER_MS = 2_000;

export interface PathEvents {
  onState: (state: LegState) => void;
  /** A new path is needed. */
  onRestart: () => void;
  onLull: () => void;
}

/**
 * Watches a peer connection: tells its state in our words, asks for an ICE restart when nothing comes
 * any more or the path has been gone for two seconds, and gives up after twelve.
 */
export class PathWatch {
  #pc: RTCPeerConnection;
  /** From the first path on. */
  #silence: SilenceWatch | null = null;
  #state: LegState = 'connecting';
  #restartTimer: ReturnType<typeof setTimeout> | undefined;
  #failTimer: ReturnType<typeof setTimeout> | undefined;
  #events: PathEvents;

  constructor(pc: RTCPeerConnection, events: PathEvents) {
    this.#pc = pc;
    this.#events = events;
    pc.addEventListener('connectionstatechange', this.#check);
    // Firefox reports a path that fell silent here first.
    pc.addEventListener('iceconnectionstatechange', this.#check);
  }

  get state(): LegState {
    return this.#state;
  }

  get isLull(): boolean {
    return this.#silence?.isLull ?? false;
  }

  close(): void {
    this.#clear();
    this.#silence?.close();
    this.#pc.removeEventListener('connectionstatechange', this.#check);
    this.#pc.removeEventListener('iceconnectionstatechange', this.#check);
    this.#state = 'closed';
  }

  #check = (): void => {
    const { connectionState, iceConnectionState } = this.#pc;
    if (connectionState === 'connected' && iceConnectionState !== 'disconnected') this.#connected();
    else if (connectionState === 'failed') this.#interrupted(0);
    else if (connectionState === 'disconnected' || iceConnectionState === 'disconnected') this.#interrupted(RESTART_AFTER_MS);
  };

  #connected(): void {
    this.#clear();
    this.#silence ??= new SilenceWatch(this.#pc, {
      onLull: this.#events.onLull,
      onSilent: () => {
        if (this.#state === 'connected') this.#events.onRestart();
      },
    });
    this.#become('connected');
  }

  #interrupted(restartAfter_ms: number): void {
    if (this.#state === 'interrupted' && restartAfter_ms > 0) return;
    this.#clear();
    this.#restartTimer = setTimeout(this.#events.onRestart, restartAfter_ms);
    this.#failTimer = setTimeout(() => this.#become('failed'), FAILED_AFTER_MS);
    if (this.#state !== 'connecting' || restartAfter_ms === 0) this.#become('interrupted');
  }

  #become(state: LegState): void {
    if (this.#state === state || this.#state === 'closed') return;
    this.#state = state;
    this.#events.onState(state);
  }

  #clear(): void {
    clearTimeout(this.#restartTimer);
    clearTimeout(this.#failTimer);
  }
}
