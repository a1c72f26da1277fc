import type { IceServer, Participant, Role, Room, RoomMode } from './protocol';
import { validateIceServer, validateParticipant, validateRoom } from './protocol/generated/validators.js';

export interface CreatedRoom {
  room_id: string;
  url: string;
  /** Makes its holder a host; null: the server is of before there were hosts. */
  host_key: string | null;
}

/** What the door of a room may be shown. */
export interface Shown {
  host_key?: string;
  password?: string;
  /** From another backend; it names the person and the role. */
  pass?: string;
  role?: 'viewer';
}

export interface Ticket {
  ws_url: string;
  token: string;
  role: Role;
  /** Given by a pass; null: as the person likes. */
  name: string | null;
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
  | 'password_required'
  | 'wrong_password'
  | 'wrong_host_key'
  | 'wrong_pass'
  | 'too_many'
  | 'overloaded'
  | 'draining'
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
  403: 'bad_input',
  404: 'room_not_found',
  409: 'room_full',
  410: 'room_not_found',
  429: 'too_many',
};

/** What one status means several of. */
const CODES: Readonly<Record<string, RestFailure>> = {
  room_locked: 'room_locked',
  password_required: 'password_required',
  wrong_password: 'wrong_password',
  wrong_host_key: 'wrong_host_key',
  wrong_pass: 'wrong_pass',
  overloaded: 'overloaded',
  draining: 'draining',
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

async function failureOf(response: Response): Promise<RestFailure> {
  const problem: unknown = await response.json().catch(() => null);
  const code = isObject(problem) && typeof problem['code'] === 'string' ? problem['code'] : '';
  return CODES[code] ?? FAILURES[response.status] ?? 'unavailable';
}

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(path, init).catch(() => {
    throw new RestError('unreachable');
  });
  if (!response.ok) {
    const retryAfter = Number(response.headers.get('retry-after'));
    throw new RestError(await failureOf(response), retryAfter > 0 ? retryAfter : null);
  }
  const reply: unknown = await response.json().catch(() => null);
  if (!isObject(reply)) throw new RestError('unavailable');
  return reply;
}

const stringOr = <T>(value: unknown, otherwise: T): string | T => (typeof value === 'string' ? value : otherwise);

export async function createRoom(options: { name?: string; mode?: RoomMode; password?: string; lobby?: boolean } = {}): Promise<CreatedRoom> {
  const reply = await post('/create-room', options);
  if (typeof reply['room_id'] !== 'string') throw new RestError('unavailable');
  return { room_id: reply['room_id'], url: stringOr(reply['url'], ''), host_key: stringOr(reply['host_key'], null) };
}

function socketUrl(value: unknown): string {
  const url = new URL(typeof value === 'string' ? value : '/ws', window.location.href);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  return url.href;
}

const listOf = <T>(value: unknown, isItem: (item: unknown) => item is T): T[] =>
  Array.isArray(value) ? value.filter(isItem) : [];

const roleOf = (value: unknown): Role => (value === 'host' || value === 'viewer' ? value : 'participant');

export async function requestTicket(roomId: string, shown: Shown = {}): Promise<Ticket> {
  const reply = await post(`/join-room/${roomId}`, shown);
  const { token, room } = reply;
  if (typeof token !== 'string' || !validateRoom(room)) throw new RestError('unavailable');
  return {
    ws_url: socketUrl(reply['ws_url']),
    token,
    role: roleOf(reply['role']),
    name: stringOr(reply['name'], null),
    ice_servers: listOf(reply['ice_servers'], validateIceServer),
    room,
    participants: listOf(reply['participants'], validateParticipant),
    issued_at_ms: performance.now(),
  };
}
