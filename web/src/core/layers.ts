// The layers of a picture sent through the server: sizes, rates, and which of them run. Pure.
import type { VideoCodec } from './codecs';
import { isSvc } from './codecs';

/** Not in every browser's types: W3C webrtc-svc 5. */
export interface LayerEncoding extends RTCRtpEncodingParameters {
  scalabilityMode?: string;
}

/** What is settled when a sender is made; another plan takes another peer connection. */
export interface VideoPlan {
  codec: VideoCodec;
  /** How many encodings: 1 for a stream that holds its layers in itself (SVC). */
  encodings: number;
}

/** Lowest first, as the server counts them. */
export const RIDS = ['q', 'h', 'f'] as const;
export const MOST_LAYERS = RIDS.length;

/** Below these a further halving gives a picture that nobody wants. */
const LINES_FOR = { three: 540, two: 270 } as const;
const RATES: readonly { upToLines: number; bitrate_bps: number }[] = [
  { upToLines: 120, bitrate_bps: 80_000 },
  { upToLines: 200, bitrate_bps: 150_000 },
  { upToLines: 290, bitrate_bps: 300_000 },
  { upToLines: 400, bitrate_bps: 500_000 },
  { upToLines: 580, bitrate_bps: 1_000_000 },
  { upToLines: 800, bitrate_bps: 1_700_000 },
];
const LARGEST_BITRATE_BPS = 3_000_000;
const SCREEN_BITRATES_BPS = [400_000, 2_500_000] as const;

export const layersFor = (lines: number): number => (lines >= LINES_FOR.three ? 3 : lines >= LINES_FOR.two ? 2 : 1);

export const bitrateFor = (lines: number): number =>
  RATES.find((rate) => lines <= rate.upToLines)?.bitrate_bps ?? LARGEST_BITRATE_BPS;

/** The shorter side: a phone held upright captures 720x1280. */
export function linesOf(track: MediaStreamTrack | null, otherwise: number): number {
  const { width = otherwise, height = otherwise } = track?.getSettings() ?? {};
  return Math.min(width, height);
}

export const cameraPlan = (codec: VideoCodec, lines: number, canSvc: boolean): VideoPlan => ({
  codec,
  encodings: isSvc(codec) && canSvc ? 1 : layersFor(lines),
});

export const screenPlan = (codec: VideoCodec): VideoPlan => ({ codec, encodings: isSvc(codec) ? 1 : SCREEN_BITRATES_BPS.length });

export type Running = readonly boolean[];
export const ALL_RUNNING: Running = [true, true, true];

/** Temporal layers, counted as in a mode's name: T3 has 0, 1 and 2. */
export const MOST_TEMPORAL = 2;
const temporal = (highest: number): string => `T${Math.max(0, Math.min(highest, MOST_TEMPORAL)) + 1}`;

/** What is sent of a source, by the server's `publish`. */
export interface Wanted {
  running: Running;
  highestTemporal: number;
}
export const ALL_WANTED: Wanted = { running: ALL_RUNNING, highestTemporal: MOST_TEMPORAL };

const ridOf = (index: number, count: number): { rid?: string } => {
  const rid = RIDS[index];
  // A single encoding has no rid (webrtc-pc 5.1: it would be removed).
  return count > 1 && rid ? { rid } : {};
};

function simulcastOf(plan: VideoPlan, lines: number, { running, highestTemporal }: Wanted): LayerEncoding[] {
  const used = Math.min(plan.encodings, layersFor(lines));
  return Array.from({ length: plan.encodings }, (_, index) => {
    const scale = 2 ** Math.max(0, used - 1 - index);
    return {
      ...ridOf(index, plan.encodings),
      // A capture smaller than the plan's leaves the top of it unused.
      active: index < used && (running[index] ?? true),
      scaleResolutionDownBy: scale,
      maxBitrate: bitrateFor(lines / scale),
      scalabilityMode: `L1${temporal(highestTemporal)}`,
    };
  });
}

/** Layers nobody watches are taken off the top: what is left is a smaller stream with fewer of them. */
function svcOf(lines: number, { running, highestTemporal }: Wanted): LayerEncoding[] {
  const most = layersFor(lines);
  const top = running.slice(0, most).lastIndexOf(true);
  const spatial = Math.max(1, top + 1);
  const scale = 2 ** (most - spatial);
  return [
    {
      active: top >= 0,
      scaleResolutionDownBy: scale,
      maxBitrate: bitrateFor(lines / scale),
      scalabilityMode: `L${spatial}${temporal(highestTemporal)}${spatial === 1 ? '' : '_KEY'}`,
    },
  ];
}

export function cameraEncodings(plan: VideoPlan, lines: number, wanted: Wanted = ALL_WANTED): LayerEncoding[] {
  const isOneStream = plan.encodings === 1 && isSvc(plan.codec);
  return isOneStream ? svcOf(lines, wanted) : simulcastOf(plan, lines, wanted);
}

/** A small and a full picture: text must stay readable, so nothing in between, and no adaptive scaling. */
export function screenEncodings(plan: VideoPlan, { running, highestTemporal }: Wanted = ALL_WANTED): LayerEncoding[] {
  return Array.from({ length: plan.encodings }, (_, index) => {
    const fromTop = plan.encodings - 1 - index;
    return {
      ...ridOf(index, plan.encodings),
      active: running[index] ?? true,
      scaleResolutionDownBy: 2 ** fromTop,
      maxBitrate: SCREEN_BITRATES_BPS.at(-1 - fromTop) ?? SCREEN_BITRATES_BPS[0],
      scalabilityMode: `L1${temporal(highestTemporal)}`,
    };
  });
}
