// What a browser offers to the server, without what the server never takes. A Chromium with 24 seats
// offers 150 kB; the server reads 64 KiB. Leaving payload types out of what is sent is safe: the answer
// can only pick from what is left, and that is part of what the browser itself has set.
const VIDEO_CODECS = /^(?:VP8|VP9|AV1|H264)$/i;
const AUDIO_CODECS = /^(?:opus|red)$/i;

const HEADER_EXTENSIONS = [
  'sdes:mid',
  'sdes:rtp-stream-id',
  'sdes:repaired-rtp-stream-id',
  'abs-send-time',
  'transport-wide-cc',
  'ssrc-audio-level',
  '3gpp:video-orientation',
  'playout-delay',
  'dependency-descriptor',
  'video-layers-allocation',
];

export interface SlimOptions {
  /** Own pictures carry the dependency descriptor; Firefox 153 would send it with any simulcast. */
  describesLayers: boolean;
}

/** A seat gets one stream: rids and allocations tell of the layers of what is sent. */
const SEAT_EXTENSIONS = HEADER_EXTENSIONS.filter((uri) => !uri.includes('rtp-stream-id') && !uri.includes('allocation'));

/** Lines that mean nothing to the server: it learns addresses from checks, rates from transport-cc, names from sources. */
const NEEDLESS = /^a=(?:candidate:|end-of-candidates|rtcp:|rtcp-xr:|rtcp-fb:\d+ goog-remb|ssrc:\d+ (?:msid|mslabel|label):|extmap-allow-mixed|msid-semantic)/;

interface Format {
  name: string;
  fmtp: string;
}

function readFormats(lines: readonly string[]): Map<string, Format> {
  const formats = new Map<string, Format>();
  for (const line of lines) {
    const [, payloadType = '', name = ''] = /^a=rtpmap:(\d+) ([^/]+)\//.exec(line) ?? [];
    if (payloadType) formats.set(payloadType, { name, fmtp: '' });
  }
  for (const line of lines) {
    const [, payloadType = '', fmtp = ''] = /^a=fmtp:(\d+) (.*)$/.exec(line) ?? [];
    const format = formats.get(payloadType);
    if (format) format.fmtp = fmtp;
  }
  return formats;
}

function isWantedVideo({ name, fmtp }: Format): boolean {
  if (!VIDEO_CODECS.test(name)) return false;
  if (/^VP9$/i.test(name)) return !/profile-id=[1-9]/.test(fmtp);
  if (/^AV1$/i.test(name)) return !/(?:^|;)\s*profile=[1-9]/.test(fmtp);
  // Constrained baseline: what every browser with H.264 encodes and decodes.
  if (/^H264$/i.test(name)) return /packetization-mode=1/.test(fmtp) && /profile-level-id=42e0/i.test(fmtp);
  return true;
}

function wantedPayloadTypes(kind: string, formats: ReadonlyMap<string, Format>): Set<string> {
  const isMedia = ({ name, ...rest }: Format): boolean =>
    kind === 'video' ? isWantedVideo({ name, ...rest }) : AUDIO_CODECS.test(name);
  const wanted = new Set([...formats].filter(([, format]) => isMedia(format)).map(([payloadType]) => payloadType));
  for (const [payloadType, { name, fmtp }] of formats) {
    const repairs = /apt=(\d+)/.exec(fmtp)?.[1];
    if (/^rtx$/i.test(name) && repairs !== undefined && wanted.has(repairs)) wanted.add(payloadType);
  }
  return wanted;
}

function wantedExtensions(isSeat: boolean, { describesLayers }: SlimOptions): readonly string[] {
  if (isSeat) return SEAT_EXTENSIONS;
  return describesLayers ? HEADER_EXTENSIONS : HEADER_EXTENSIONS.filter((uri) => uri !== 'dependency-descriptor');
}

/**
 * Lost sound is asked for again, where the round trip is short. No browser offers that by itself; each
 * does it once the answer has the line (RFC 4585 4.2), so it is asked of the server alone.
 */
function withAudioNack(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const payloadType = /^a=rtpmap:(\d+) opus\//i.exec(line)?.[1];
    const nack = `a=rtcp-fb:${payloadType ?? ''} nack`;
    return payloadType === undefined || lines.includes(nack) ? line : [line, nack];
  });
}

function slimSection(section: string, options: SlimOptions): string {
  const lines = section.split('\r\n').filter((line) => line !== '');
  const { head = '', kind, list = '' } = /^(?<head>m=(?<kind>\w+) \d+ \S+) (?<list>.*)$/.exec(lines[0] ?? '')?.groups ?? {};
  if (kind !== 'audio' && kind !== 'video') return `${lines.join('\r\n')}\r\n`;
  const wanted = wantedPayloadTypes(kind, readFormats(lines));
  // A browser with none of our codecs: as it is, so that the server can say what is wrong.
  if (wanted.size === 0) return `${lines.join('\r\n')}\r\n`;
  const extensions = wantedExtensions(lines.includes('a=recvonly'), options);
  const isKept = (line: string): boolean => {
    const payloadType = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d+) /.exec(line)?.[1];
    if (payloadType !== undefined && !wanted.has(payloadType)) return false;
    return line.startsWith('a=extmap:') ? extensions.some((uri) => line.includes(uri)) : !NEEDLESS.test(line);
  };
  const payloadTypes = list.split(' ').filter((payloadType) => wanted.has(payloadType));
  const kept = lines.slice(1).filter(isKept);
  return [`${head} ${payloadTypes.join(' ')}`, ...(kind === 'audio' ? withAudioNack(kept) : kept), ''].join('\r\n');
}

export function slimOffer(sdp: string, options: SlimOptions = { describesLayers: true }): string {
  const [session = '', ...sections] = sdp.split(/(?=^m=)/m);
  return session + sections.map((section) => slimSection(section, options)).join('');
}
