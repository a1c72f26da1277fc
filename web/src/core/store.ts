// All that the page shows, in one place. The core writes it, React reads it.
import { createStore } from 'zustand/vanilla';
import type { LocalState } from './local-media';
import { NO_DEVICES } from './devices';
import type { Door } from './entry';
import type { TileKey } from './leg';
import type { MediaByTile } from './playout';
import type { ChatMessage, Knock, Mode, OwnQuality, Participant, QualityReason, Role, Room } from './protocol';
import type { RestFailure } from './rest';
import type { SignallingEnd } from './signalling';
import type { Statistics } from './statistics';
import type { Preferences } from './storage';
import { DEFAULT_PREFERENCES } from './storage';

export type Problem = Exclude<RestFailure, 'wrong_host_key'> | 'not_admitted' | 'join_failed' | 'server_stopped';

export type Page =
  | { name: 'start' }
  | { name: 'preview'; roomId: string; room: Room | null; present: readonly string[]; joining: boolean; waiting: boolean; door: Door | null; givenName: string | null }
  | { name: 'call'; roomId: string }
  | { name: 'returning'; roomId: string }
  | { name: 'left'; roomId: string; why: Exclude<SignallingEnd, 'expired'> }
  | { name: 'problem'; problem: Problem; roomId: string | null; retryAfterS: number | null }
  | { name: 'unsupported' };

export interface Connection {
  leg: Mode | null;
  switching: boolean;
  /** The socket is away; it reconnects by itself. */
  signallingLost: boolean;
  /** The path of the media is away; it is being restored. */
  mediaLost: boolean;
}

export interface Quality {
  path: 'direct' | 'relayed' | 'server' | null;
  rtt_ms: number | null;
  lossPercent: number | null;
}

/** How somebody is connected: 0 unusable … 4 fine, and what speaks against a better score. */
export interface Grade {
  score: number;
  reason: QualityReason;
}

export type Panel = 'chat' | 'people' | 'statistics';

export interface CallState {
  room: Room;
  selfId: string;
  selfName: string;
  role: Role;
  participants: Readonly<Record<string, Participant>>;
  /** Who waits in the lobby; hosts are told. */
  knocks: readonly Knock[];
  media: MediaByTile;
  speaking: readonly string[];
  dominantId: string | null;
  chat: readonly ChatMessage[];
  unread: number;
  panel: Panel | null;
  pinned: TileKey | null;
  connection: Connection;
  quality: Quality;
  /** By participant, oneself too; nobody is in it while nothing is known. */
  grades: Readonly<Record<string, Grade>>;
  /** The server's figures about oneself; null on a direct leg. */
  ownQuality: OwnQuality | null;
  statistics: Statistics;
  /** By the person's own wish. */
  audioOnly: boolean;
  soundBlocked: boolean;
  pushToTalk: boolean;
}

export interface Toast {
  id: number;
  kind: 'info' | 'chat' | 'problem';
  text: string;
  /** Who wrote, for chat. */
  from: string | null;
}

export const NO_STATISTICS: Statistics = { samples: [], received: [], sent: [] };

export interface AppState {
  page: Page;
  preferences: Preferences;
  local: LocalState;
  /** Own tracks, for previews; MediaStreamTrack identity is what matters. */
  ownTracks: { camera: MediaStreamTrack | null; microphone: MediaStreamTrack | null; screen: MediaStreamTrack | null };
  call: CallState | null;
  toasts: readonly Toast[];
  /** The line screen readers speak. */
  announcement: string;
}

export const INITIAL_STATE: AppState = {
  page: { name: 'start' },
  preferences: DEFAULT_PREFERENCES,
  local: {
    enabled: { microphone: false, camera: false, screen: false, 'screen-audio': false },
    failures: { microphone: null, camera: null },
    devices: NO_DEVICES,
    deviceIds: { microphone: null, camera: null },
    opening: false,
  },
  ownTracks: { camera: null, microphone: null, screen: null },
  call: null,
  toasts: [],
  announcement: '',
};

type CallBasis = Pick<CallState, 'room' | 'selfId' | 'selfName' | 'role' | 'participants' | 'chat'>;

export const newCallState = (basis: CallBasis): CallState => ({
  ...basis,
  knocks: [],
  media: {},
  speaking: [],
  dominantId: null,
  unread: 0,
  panel: null,
  pinned: null,
  connection: { leg: null, switching: false, signallingLost: false, mediaLost: false },
  quality: { path: null, rtt_ms: null, lossPercent: null },
  grades: {},
  ownQuality: null,
  statistics: NO_STATISTICS,
  audioOnly: false,
  soundBlocked: false,
  pushToTalk: false,
});

export const newStore = () => createStore<AppState>(() => INITIAL_STATE);
export type Store = ReturnType<typeof newStore>;
export const store: Store = newStore();

export function updateCall(target: Store, change: Partial<CallState> | ((call: CallState) => Partial<CallState>)): void {
  target.setState(({ call }) => {
    if (!call) return {};
    return { call: { ...call, ...(typeof change === 'function' ? change(call) : change) } };
  });
}

const TOAST_MS = 5_000;
const MAX_TOASTS = 3;
let nextToast = 1;

export function addToast(target: Store, text: string, kind: Toast['kind'] = 'info', from: string | null = null): void {
  const toast: Toast = { id: nextToast++, kind, text, from };
  const announcement = from ? `${from}: ${text}` : text;
  target.setState(({ toasts }) => ({ toasts: [...toasts, toast].slice(-MAX_TOASTS), announcement }));
  setTimeout(() => removeToast(target, toast.id), TOAST_MS);
}

export function removeToast(target: Store, id: number): void {
  target.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
}
