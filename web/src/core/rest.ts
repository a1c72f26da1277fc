import type { IceServer, Participant, Room, RoomMode } from './protocol';
import { validateIceServer, validateParticipant, validateRoom } from './protocol/generated/validators.js';

export interface CreatedRoom {
  room_id: string;
  url: string;
}

export interface Ticket {
  ws_url: string;
  token: string;
  ice_servers: IceServer[];
  room: Room;
  participants: Participant[];
  /** performance.now() when it came; a token is good for 60 s. */
  issued_at_ms: number;
}

export type RestFailure =
  | 'room_not_found'
  | 'room_full'
  | 'room_locked'
  | 'too_many'
  | 'unavailable'
  | 'bad_input'
  | 'unreachable';

export class RestError extends Error {
  constructor(
    readonly failure: RestFailure,
    readonly retryAfterS: number | null = null,
  ) {
    super(failure);
  }
}

const FAILURES: Readonly<Record<number, RestFailure>> = {
  400: 'bad_input',
  403: 'room_locked',
  404: 'room_not_found',
  409: 'room_full',
  410: 'room_not_found',
  429: 'too_many',
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(path, init).catch(() => {
    throw new RestError('unreachable');
  });
  if (!response.ok) {
    const retryAfter = Number(response.headers.get('retry-after'));
    throw new RestError(FAILURES[response.status] ?? 'unavailable', retryAfter > 0 ? retryAfter : null);
  }
  const reply: unknown = await response.json().catch(() => null);
  if (!isObject(reply)) throw new RestError('unavailable');
  return reply;
}

export async function createRoom(options: { name?: string; mode?: RoomMode } = {}): Promise<CreatedRoom> {
  const reply = await post('/create-room', options);
  if (typeof reply['room_id'] !== 'string') throw new RestError('unavailable');
  return { room_id: reply['room_id'], url: typeof reply['url'] === 'string' ? reply['url'] : '' };
}

function socketUrl(value: unknown): string {
  const url = new URL(typeof value === 'string' ? value : '/ws', window.location.href);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  return url.href;
}

const listOf = <T>(value: unknown, isItem: (item: unknown) => item is T): T[] =>
  Array.isArray(value) ? value.filter(isItem) : [];

export async function requestTicket(roomId: string): Promise<Ticket> {
  const reply = await post(`/join-room/${roomId}`, {});
  const { token, room } = reply;
  if (typeof token !== 'string' || !validateRoom(room)) throw new RestError('unavailable');
  return {
    ws_url: socketUrl(reply['ws_url']),
    token,
    ice_servers: listOf(reply['ice_servers'], validateIceServer),
    room,
    participants: listOf(reply['participants'], validateParticipant),
    issued_at_ms: performance.now(),
  };
}
