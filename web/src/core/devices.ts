// Getting at cameras, microphones, speakers and the screen, with failures said in our words.
import { flags } from './flags';

export type DeviceFailure = 'denied' | 'missing' | 'busy' | 'insecure' | 'unknown';
export type CaptureKind = 'microphone' | 'camera';

export interface DeviceChoice {
  deviceId: string;
  label: string;
}
export interface DeviceLists {
  cameras: DeviceChoice[];
  microphones: DeviceChoice[];
  speakers: DeviceChoice[];
}
export const NO_DEVICES: DeviceLists = { cameras: [], microphones: [], speakers: [] };

export type Captured = { track: MediaStreamTrack; failure: null } | { track: null; failure: DeviceFailure };

export function failureOf(error: unknown): DeviceFailure {
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'unknown';
  }
}

/** Browsers hide `mediaDevices` on plain-http pages of other machines, whatever their types say. */
export const canCapture = (): boolean =>
  typeof navigator !== 'undefined' && 'mediaDevices' in navigator && 'getUserMedia' in navigator.mediaDevices;
export const canShareScreen = (): boolean => canCapture() && 'getDisplayMedia' in navigator.mediaDevices;
export const canChooseSpeaker = (): boolean =>
  typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype;

function microphoneConstraints(): MediaTrackConstraints {
  const processing = !flags.rawAudio;
  return { echoCancellation: processing, noiseSuppression: processing, autoGainControl: processing, channelCount: 1 };
}

function cameraConstraints(): MediaTrackConstraints {
  const size = flags.captureSize ?? { width: 1280, height: 720 };
  return { width: { ideal: size.width }, height: { ideal: size.height }, frameRate: { ideal: 30, max: 30 } };
}

function withDevice(constraints: MediaTrackConstraints, deviceId: string | null): MediaTrackConstraints {
  return deviceId ? { ...constraints, deviceId: { exact: deviceId } } : constraints;
}

async function open(kind: CaptureKind, deviceId: string | null): Promise<MediaStreamTrack> {
  const constraints = withDevice(kind === 'camera' ? cameraConstraints() : microphoneConstraints(), deviceId);
  const stream = await navigator.mediaDevices.getUserMedia(
    kind === 'camera' ? { video: constraints } : { audio: constraints },
  );
  const track = stream.getTracks()[0];
  if (!track) throw new DOMException('no track', 'NotFoundError');
  track.contentHint = kind === 'camera' ? 'motion' : 'speech';
  return track;
}

/** Opens the device asked for; when that one is gone, any. Never throws. */
export async function capture(kind: CaptureKind, deviceId: string | null): Promise<Captured> {
  if (!canCapture()) return { track: null, failure: 'insecure' };
  try {
    return { track: await open(kind, deviceId), failure: null };
  } catch (error) {
    const failure = failureOf(error);
    if (deviceId && failure === 'missing') return capture(kind, null);
    return { track: null, failure };
  }
}

/**
 * Camera and microphone with one permission prompt; if the pair fails, each by itself, so that someone
 * without a camera can still talk.
 */
export async function captureBoth(
  deviceIds: Readonly<Record<CaptureKind, string | null>>,
): Promise<Record<CaptureKind, Captured>> {
  if (canCapture()) {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: withDevice(microphoneConstraints(), deviceIds.microphone),
        video: withDevice(cameraConstraints(), deviceIds.camera),
      });
      const [microphone] = stream.getAudioTracks();
      const [camera] = stream.getVideoTracks();
      if (microphone && camera) {
        microphone.contentHint = 'speech';
        camera.contentHint = 'motion';
        return { microphone: { track: microphone, failure: null }, camera: { track: camera, failure: null } };
      }
    } catch {
      // Each by itself tells which one it was.
    }
  }
  const microphone = await capture('microphone', deviceIds.microphone);
  const camera = await capture('camera', deviceIds.camera);
  return { microphone, camera };
}

export async function listDevices(): Promise<DeviceLists> {
  if (!canCapture()) return NO_DEVICES;
  const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  const of = (kind: MediaDeviceKind, noun: string): DeviceChoice[] =>
    all
      .filter((device) => device.kind === kind && device.deviceId !== '')
      .map((device, index) => ({ deviceId: device.deviceId, label: device.label || `${noun} ${index + 1}` }));
  return {
    cameras: of('videoinput', 'Camera'),
    microphones: of('audioinput', 'Microphone'),
    speakers: canChooseSpeaker() ? of('audiooutput', 'Speaker') : [],
  };
}

export interface CapturedScreen {
  video: MediaStreamTrack;
  audio: MediaStreamTrack | null;
}

/** null: the person changed their mind in the browser's dialog. */
export async function captureScreen(): Promise<CapturedScreen | null> {
  const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  try {
    const video = { frameRate: { ideal: 15, max: 30 } };
    const stream = await navigator.mediaDevices.getDisplayMedia({ video, audio });
    const [picture] = stream.getVideoTracks();
    if (!picture) return null;
    picture.contentHint = 'detail';
    return { video: picture, audio: stream.getAudioTracks()[0] ?? null };
  } catch (error) {
    if (failureOf(error) === 'denied') return null;
    throw error;
  }
}
