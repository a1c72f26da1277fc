// Passes of another backend, by room: for this tab, so that a reload and a way back need no new one.
const keyOf = (roomId: string): string => `parley.pass.${roomId}`;

/** Where nothing can be stored. */
const unstored = new Map<string, string>();

export function passOf(roomId: string): string | null {
  try {
    return unstored.get(roomId) ?? window.sessionStorage.getItem(keyOf(roomId));
  } catch {
    return null;
  }
}

/** From `#pass=…` in the address, which no server's log sees. true: there is one. */
export function takePass(roomId: string, hash: string): boolean {
  const pass = new URLSearchParams(hash.replace(/^#/, '')).get('pass');
  if (!pass) return false;
  try {
    window.sessionStorage.setItem(keyOf(roomId), pass);
  } catch {
    unstored.set(roomId, pass);
  }
  return true;
}

export function forgetPass(roomId: string): void {
  unstored.delete(roomId);
  try {
    window.sessionStorage.removeItem(keyOf(roomId));
  } catch {
    // It never was there.
  }
}
