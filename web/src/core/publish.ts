// How own sources are encoded: sizes and rates by the number of people, codec order, SDP repairs.
import type { Source } from './protocol';

export interface VideoProfile {
  height: number;
  maxBitrate_bps: number;
}

const CAMERA_PROFILES: readonly { upTo: number; profile: VideoProfile }[] = [
  { upTo: 2, profile: { height: 720, maxBitrate_bps: 1_700_000 } },
  { upTo: 4, profile: { height: 540, maxBitrate_bps: 900_000 } },
  { upTo: 8, profile: { height: 360, maxBitrate_bps: 500_000 } },
  { upTo: Number.POSITIVE_INFINITY, profile: { height: 180, maxBitrate_bps: 160_000 } },
];
const SCREEN_MAX_BITRATE_BPS = 2_500_000;
const MICROPHONE_MAX_BITRATE_BPS = 40_000;
const SCREEN_AUDIO_MAX_BITRATE_BPS = 128_000;

/** participants: everyone in the room, oneself too. */
export function cameraProfile(participants: number): VideoProfile {
  const found = CAMERA_PROFILES.find((entry) => participants <= entry.upTo);
  return found?.profile ?? { height: 180, maxBitrate_bps: 160_000 };
}

/** The factor by which a capture shrinks to fit the profile; never enlarges. */
export const scaleDownBy = (captureHeight: number, profile: VideoProfile): number =>
  captureHeight > profile.height ? captureHeight / profile.height : 1;

export function encodingOf(source: Source, track: MediaStreamTrack | null, participants: number): RTCRtpEncodingParameters {
  switch (source) {
    case 'microphone':
      return { maxBitrate: MICROPHONE_MAX_BITRATE_BPS, networkPriority: 'high', priority: 'high' };
    case 'screen-audio':
      return { maxBitrate: SCREEN_AUDIO_MAX_BITRATE_BPS };
    case 'screen':
      return { maxBitrate: SCREEN_MAX_BITRATE_BPS };
    case 'camera': {
      const profile = cameraProfile(participants);
      const height = track?.getSettings().height ?? 720;
      return { maxBitrate: profile.maxBitrate_bps, scaleResolutionDownBy: scaleDownBy(height, profile) };
    }
  }
}

/** Changes what a sender that already runs sends; a sender that has not negotiated yet refuses: no harm. */
export async function applyEncoding(sender: RTCRtpSender, source: Source, participants: number): Promise<void> {
  const parameters = sender.getParameters();
  const first = parameters.encodings[0];
  if (!first) return;
  Object.assign(first, encodingOf(source, sender.track, participants));
  if (source === 'camera') parameters.degradationPreference = 'balanced';
  if (source === 'screen') parameters.degradationPreference = 'maintain-resolution';
  await sender.setParameters(parameters).catch(() => undefined);
}

const FORWARDED_VIDEO = /^video\/(?:VP8|VP9|AV1|H264|rtx)$/i;

/** One payload type per codec is enough, and 24 seats must fit into 64 KiB of SDP. */
const isNeeded = (codec: RTCRtpCodec): boolean => {
  const line = codec.sdpFmtpLine ?? '';
  if (/VP9/i.test(codec.mimeType)) return !line.includes('profile-id') || line.includes('profile-id=0');
  if (/AV1/i.test(codec.mimeType)) return !line.includes('profile=') || line.includes('profile=0');
  if (/H264/i.test(codec.mimeType)) return line.includes('packetization-mode=1') && line.includes('42e01f');
  return FORWARDED_VIDEO.test(codec.mimeType);
};

function preferredCodecs(kind: 'audio' | 'video'): RTCRtpCodec[] {
  const codecs = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
  if (kind === 'video') return codecs.filter(isNeeded);
  const red = codecs.filter((codec) => codec.mimeType === 'audio/red');
  const opus = codecs.filter((codec) => codec.mimeType === 'audio/opus');
  // RED in front makes Chromium send each frame twice, which hides single losses.
  return red.length > 0 ? [...red, ...opus] : [];
}

export function preferCodecs(transceiver: RTCRtpTransceiver, kind: 'audio' | 'video'): void {
  const codecs = preferredCodecs(kind);
  if (codecs.length === 0) return;
  try {
    transceiver.setCodecPreferences(codecs);
  } catch {
    // An older browser that wants send and receive capabilities to agree: its own order will do.
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
