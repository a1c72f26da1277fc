// Host keys of rooms that were opened on this device: whoever comes back to their own room is its host again.
const KEY = 'parley.hostKeys';
/** The oldest go first; rooms that nobody uses are deleted in the end, too. */
const MAX_KEPT = 50;

type HostKeys = readonly (readonly [roomId: string, hostKey: string])[];

const isPair = (value: unknown): value is [string, string] =>
  Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');

/** What is stored may be of another version, or of another hand. */
export function readHostKeys(text: string | null): HostKeys {
  try {
    const value: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(value) ? value.filter(isPair).slice(-MAX_KEPT) : [];
  } catch {
    return [];
  }
}

/** Of this visit, where nothing can be stored (private windows may refuse, and storage may be full). */
let unstored: HostKeys | null = null;

function load(): HostKeys {
  try {
    return unstored ?? readHostKeys(window.localStorage.getItem(KEY));
  } catch {
    return [];
  }
}

function save(keys: HostKeys): void {
  try {
    window.localStorage.setItem(KEY, JSON.stringify(keys));
    unstored = null;
  } catch {
    unstored = keys;
  }
}

export const hostKeyOf = (roomId: string): string | null => load().find(([id]) => id === roomId)?.[1] ?? null;

export const forgetHostKey = (roomId: string): void => save(load().filter(([id]) => id !== roomId));

export function keepHostKey(roomId: string, hostKey: string): void {
  const others = load().filter(([id]) => id !== roomId);
  save([...others, [roomId, hostKey] as const].slice(-MAX_KEPT));
}
