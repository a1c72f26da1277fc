// The door of a room: what this person can show, and what it asks for.
import { forgetHostKey, hostKeyOf } from './host-keys';
import { forgetPass, passOf } from './passes';
import type { Shown, Ticket } from './rest';
import { requestTicket, RestError } from './rest';

export interface Wish {
  /** '': none. */
  password: string;
  /** To watch only. */
  watch: boolean;
}

export const NO_WISH: Wish = { password: '', watch: false };

/** What stands at the door instead of a way in. */
export type Door = 'password_required' | 'wrong_password' | 'too_many_tries';

/** As the server compares it: one form for what different keyboards make of an ü. */
export const normalPassword = (text: string): string => text.normalize('NFC');

function shownFor({ password, watch }: Wish, hostKey: string | null): Shown {
  return {
    ...(hostKey ? { host_key: hostKey } : {}),
    ...(password ? { password: normalPassword(password) } : {}),
    ...(watch ? { role: 'viewer' as const } : {}),
  };
}

async function enterWithPass(roomId: string, pass: string): Promise<Ticket> {
  try {
    return await requestTicket(roomId, { pass });
  } catch (error) {
    // The next visit is that of anybody.
    if (error instanceof RestError && error.failure === 'wrong_pass') forgetPass(roomId);
    throw error;
  }
}

export async function enterRoom(roomId: string, wish: Wish): Promise<Ticket> {
  const pass = passOf(roomId);
  if (pass) return enterWithPass(roomId, pass);
  const hostKey = wish.watch ? null : hostKeyOf(roomId);
  try {
    return await requestTicket(roomId, shownFor(wish, hostKey));
  } catch (error) {
    if (!hostKey || !(error instanceof RestError) || error.failure !== 'wrong_host_key') throw error;
    // What this device kept is of no use here: as everybody else, then.
    forgetHostKey(roomId);
    return requestTicket(roomId, shownFor(wish, null));
  }
}

/** null: nothing that a person could do something about at the door. */
export function doorOf(error: unknown, wish: Wish): Door | null {
  if (!(error instanceof RestError)) return null;
  if (error.failure === 'password_required' || error.failure === 'wrong_password') return error.failure;
  return error.failure === 'too_many' && wish.password !== '' ? 'too_many_tries' : null;
}
