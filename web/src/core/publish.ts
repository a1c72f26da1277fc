// How own sources are encoded, but for the layers of pictures (layers.ts); codec order; SDP repairs.
import type { VideoCodec } from './codecs';
import { preferredVideo } from './codecs';
import type { Source } from './protocol';

/** What a direct leg sends of a camera at most. */
const CAMERA_MAX = { height: 720, bitrate_bps: 1_700_000 } as const;
const SCREEN_MAX_BITRATE_BPS = 2_500_000;
const MICROPHONE_MAX_BITRATE_BPS = 40_000;
const SCREEN_AUDIO_MAX_BITRATE_BPS = 128_000;

/** The factor by which a capture shrinks to fit; never enlarges. */
export const scaleDownBy = (captureHeight: number, height: number = CAMERA_MAX.height): number =>
  captureHeight > height ? captureHeight / height : 1;

/** One encoding of the whole source: sound, and every source of a direct leg. */
export function encodingOf(source: Source, track: MediaStreamTrack | null): RTCRtpEncodingParameters {
  switch (source) {
    case 'microphone':
      return { maxBitrate: MICROPHONE_MAX_BITRATE_BPS, networkPriority: 'high', priority: 'high' };
    case 'screen-audio':
      return { maxBitrate: SCREEN_AUDIO_MAX_BITRATE_BPS };
    case 'screen':
      return { maxBitrate: SCREEN_MAX_BITRATE_BPS };
    case 'camera': {
      const height = track?.getSettings().height ?? CAMERA_MAX.height;
      return { maxBitrate: CAMERA_MAX.bitrate_bps, scaleResolutionDownBy: scaleDownBy(height) };
    }
  }
}

export const degradationOf = (source: Source): RTCDegradationPreference =>
  source === 'screen' ? 'maintain-resolution' : 'balanced';

/** Changes what a sender that already runs sends; a sender that has not negotiated yet refuses: no harm. */
export async function applyEncoding(sender: RTCRtpSender, source: Source): Promise<void> {
  const parameters = sender.getParameters();
  const first = parameters.encodings[0];
  if (!first) return;
  Object.assign(first, encodingOf(source, sender.track));
  if (source === 'camera' || source === 'screen') parameters.degradationPreference = degradationOf(source);
  await sender.setParameters(parameters).catch(() => undefined);
}

function preferredCodecs(kind: 'audio' | 'video', first: VideoCodec | null): RTCRtpCodec[] {
  const codecs = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
  if (kind === 'video') return preferredVideo(codecs, first);
  const red = codecs.filter((codec) => codec.mimeType === 'audio/red');
  const opus = codecs.filter((codec) => codec.mimeType === 'audio/opus');
  // RED in front makes Chromium send each frame twice, which hides single losses.
  return red.length > 0 ? [...red, ...opus] : [];
}

export function preferCodecs(transceiver: RTCRtpTransceiver, kind: 'audio' | 'video', first: VideoCodec | null = null): void {
  const codecs = preferredCodecs(kind, first);
  if (codecs.length === 0) return;
  try {
    transceiver.setCodecPreferences(codecs);
  } catch {
    // An older browser that wants send and receive capabilities to agree: its own order will do.
  }
}

interface HeaderExtension {
  uri: string;
  direction: string;
}
/** W3C webrtc-extensions 6; Chromium has it, Firefox 153 does not. */
interface NegotiatesExtensions {
  getHeaderExtensionsToNegotiate?: () => HeaderExtension[];
  setHeaderExtensionsToNegotiate?: (extensions: HeaderExtension[]) => void;
}

/** Chromium keeps the dependency descriptor off until asked; without it nobody can tell SVC's layers apart. */
export function enableDependencyDescriptor(transceiver: RTCRtpTransceiver & NegotiatesExtensions): void {
  const extensions = transceiver.getHeaderExtensionsToNegotiate?.();
  const found = extensions?.find((extension) => extension.uri.includes('dependency-descriptor'));
  if (!extensions || !found) return;
  found.direction = 'sendrecv';
  try {
    transceiver.setHeaderExtensionsToNegotiate?.(extensions);
  } catch {
    // Without it: the layers cannot be thinned out, the picture still comes.
  }
}

/**
 * Firefox 153 leaves a=rtcp-fb and a=fmtp lines of payload types that setCodecPreferences removed;
 * Chromium refuses such an SDP ("Failed to parse codecs correctly").
 */
export function dropOrphanLines(sdp: string): string {
  const sections = sdp.split(/(?=^m=)/m);
  return sections.map(dropOrphansOfSection).join('');
}

function dropOrphansOfSection(section: string): string {
  const isKept = (line: string): boolean => {
    const payloadType = /^a=(?:rtcp-fb|fmtp):(\d+) /.exec(line)?.[1];
    return payloadType === undefined || section.includes(`a=rtpmap:${payloadType} `);
  };
  return section.split('\r\n').filter(isKept).join('\r\n');
}
