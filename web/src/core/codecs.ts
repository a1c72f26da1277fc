// Which video codec to send: what this browser encodes, what the others decode, what the person asked for.
export type VideoCodec = 'vp8' | 'vp9' | 'h264' | 'av1';
export type CodecChoice = 'auto' | VideoCodec;

export const VIDEO_CODECS: readonly VideoCodec[] = ['vp8', 'vp9', 'h264', 'av1'];
export const isVideoCodec = (value: unknown): value is VideoCodec => VIDEO_CODECS.some((codec) => codec === value);
export const isCodecChoice = (value: unknown): value is CodecChoice => value === 'auto' || isVideoCodec(value);

/** These hold all layers in one stream; the others send one stream per size. */
export const isSvc = (codec: VideoCodec): boolean => codec === 'vp9' || codec === 'av1';

/** RFC 7742 5: "WebRTC Browsers MUST implement the VP8 video codec … and H.264 Constrained Baseline". */
const EVERYWHERE: readonly VideoCodec[] = ['vp8', 'h264'];
/** VP8 costs the least to encode three times; H.264 is for browsers without it. */
const AUTOMATIC: readonly VideoCodec[] = ['vp8', 'h264'];

type Formats = readonly Pick<RTCRtpCodec, 'mimeType' | 'sdpFmtpLine'>[];

/** One payload type per codec is enough, and 24 seats must fit into 64 KiB of SDP. */
export function isNeeded({ mimeType, sdpFmtpLine: line = '' }: Formats[number]): boolean {
  if (/VP9/i.test(mimeType)) return !line.includes('profile-id') || line.includes('profile-id=0');
  if (/AV1/i.test(mimeType)) return !line.includes('profile=') || line.includes('profile=0');
  if (/H264/i.test(mimeType)) return line.includes('packetization-mode=1') && line.includes('42e01f');
  return /^video\/(?:VP8|rtx)$/i.test(mimeType);
}

const codecOf = (mimeType: string): VideoCodec | undefined =>
  VIDEO_CODECS.find((codec) => mimeType.toLowerCase() === `video/${codec}`);

export const codecsAmong = (formats: Formats): VideoCodec[] => {
  const found = formats.filter(isNeeded).map((format) => codecOf(format.mimeType));
  return VIDEO_CODECS.filter((codec) => found.includes(codec));
};

export const decodableCodecs = (): VideoCodec[] =>
  typeof RTCRtpReceiver === 'undefined' ? [] : codecsAmong(RTCRtpReceiver.getCapabilities('video')?.codecs ?? []);
export const encodableCodecs = (): VideoCodec[] =>
  typeof RTCRtpSender === 'undefined' ? [] : codecsAmong(RTCRtpSender.getCapabilities('video')?.codecs ?? []);

export interface CodecQuestion {
  wanted: CodecChoice;
  encodable: readonly VideoCodec[];
  /** One list per other participant; null: its device has not said. */
  decodable: readonly (readonly VideoCodec[] | null)[];
}

/** The wanted one, if every device in the room can show it; else what all can. */
export function chooseCodec({ wanted, encodable, decodable }: CodecQuestion): VideoCodec {
  const isShownByAll = (codec: VideoCodec): boolean => decodable.every((list) => (list ?? EVERYWHERE).includes(codec));
  const candidates = [...(wanted === 'auto' ? [] : [wanted]), ...AUTOMATIC].filter((codec) => encodable.includes(codec));
  return candidates.find(isShownByAll) ?? candidates[0] ?? 'vp8';
}

/** What is chosen in front: the server's answer keeps the order, and the browser sends the first. */
export function preferredVideo<Codec extends Formats[number]>(formats: readonly Codec[], first: VideoCodec | null): Codec[] {
  const needed = formats.filter(isNeeded);
  const isFirst = (format: Codec): boolean => first !== null && codecOf(format.mimeType) === first;
  return [...needed.filter(isFirst), ...needed.filter((format) => !isFirst(format))];
}
