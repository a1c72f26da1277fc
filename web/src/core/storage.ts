// What the page remembers on this device. Private windows may refuse: then it forgets.
import type { CodecChoice } from './codecs';
import { isCodecChoice } from './codecs';

export type Theme = 'auto' | 'light' | 'dark';

export interface Preferences {
  name: string;
  microphoneId: string | null;
  cameraId: string | null;
  speakerId: string | null;
  microphoneOn: boolean;
  cameraOn: boolean;
  theme: Theme;
  sounds: boolean;
  codec: CodecChoice;
}

export const DEFAULT_PREFERENCES: Preferences = {
  name: '',
  microphoneId: null,
  cameraId: null,
  speakerId: null,
  microphoneOn: true,
  cameraOn: true,
  theme: 'auto',
  sounds: false,
  codec: 'auto',
};

const KEY = 'parley.preferences';

const isTheme = (value: unknown): value is Theme => value === 'auto' || value === 'light' || value === 'dark';
const stringOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const booleanOr = (value: unknown, otherwise: boolean): boolean => (typeof value === 'boolean' ? value : otherwise);

/** What is stored may be of another version, or of another hand: each field is checked. */
export function readPreferences(text: string | null): Preferences {
  let stored: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    if (typeof value === 'object' && value !== null) stored = { ...value };
  } catch {
    // Unreadable: as if there were nothing.
  }
  return {
    name: cleanName(stringOrNull(stored['name']) ?? ''),
    microphoneId: stringOrNull(stored['microphoneId']),
    cameraId: stringOrNull(stored['cameraId']),
    speakerId: stringOrNull(stored['speakerId']),
    microphoneOn: booleanOr(stored['microphoneOn'], true),
    cameraOn: booleanOr(stored['cameraOn'], true),
    theme: isTheme(stored['theme']) ? stored['theme'] : 'auto',
    sounds: booleanOr(stored['sounds'], false),
    codec: isCodecChoice(stored['codec']) ? stored['codec'] : 'auto',
  };
}

export const loadPreferences = (): Preferences => {
  try {
    return readPreferences(window.localStorage.getItem(KEY));
  } catch {
    return { ...DEFAULT_PREFERENCES };
  }
};

export const savePreferences = (preferences: Preferences): void => {
  try {
    window.localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // Full or forbidden: nothing depends on it.
  }
};

export const MAX_NAME_CHARACTERS = 64;

/** As the server wants names: no control characters, 1 to 64 characters. */
export const cleanName = (text: string): string =>
  Array.from(text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '').replace(/\s+/g, ' ').trimStart())
    .slice(0, MAX_NAME_CHARACTERS)
    .join('');
