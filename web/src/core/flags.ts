import type { CodecChoice } from './codecs';
import { isCodecChoice } from './codecs';

/** Debugging aids in the page's address; web/README.md lists them. */
export interface Flags {
  /** `?video=320x180`: capture size. */
  captureSize: { width: number; height: number } | null;
  /** `?ice=relay`: media through TURN only. */
  relayOnly: boolean;
  /** `?debug`: a panel with statistics. */
  debug: boolean;
  /** `?processing=off`: no echo cancelling, noise suppression, gain control (tones pass unchanged). */
  rawAudio: boolean;
  /** `?codec=vp9`: as the setting, for this visit. */
  codec: CodecChoice | null;
}

export function parseFlags(search: string): Flags {
  const query = new URLSearchParams(search);
  const codec = query.get('codec');
  const size = /^(\d{2,4})x(\d{2,4})$/.exec(query.get('video') ?? '');
  return {
    captureSize: size ? { width: Number(size[1]), height: Number(size[2]) } : null,
    relayOnly: query.get('ice') === 'relay',
    debug: query.has('debug'),
    rawAudio: query.get('processing') === 'off',
    codec: isCodecChoice(codec) ? codec : null,
  };
}

export const flags: Flags = parseFlags(typeof window === 'undefined' ? '' : window.location.search);
