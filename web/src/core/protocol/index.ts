import type { Server } from './generated/messages';
import { serverValidators } from './generated/validators.js';

export type * from './generated/messages';

/** A request's reply, or one of these, which the server sends unasked. */
export type Reply = Extract<Server, { type: 'ok' | 'joined' | 'answer' | 'pong' | 'error' }>;
export type Notification = Exclude<Server, Reply>;

export const SUBPROTOCOL = 'parley.v1';
export const MAX_SDP_BYTES = 65536;

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

const hasType = (value: unknown): value is { type: string } =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

/** The one place where bytes from the socket become a typed message; null: not one of ours. */
export function parseServerMessage(text: string): Server | null {
  const value = parseJson(text);
  if (!hasType(value)) return null;
  const validate = serverValidators.get(value.type);
  return validate?.(value) ? (value as Server) : null;
}

export const isReply = (message: Server): message is Reply =>
  message.type === 'ok' ||
  message.type === 'joined' ||
  message.type === 'answer' ||
  message.type === 'pong' ||
  message.type === 'error';
