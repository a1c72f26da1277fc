// Own tracks: opened once, muted, switched and replaced here; legs and previews are told.
import type { CaptureKind, DeviceFailure, DeviceLists } from './devices';
import { canCapture, capture, captureBoth, captureScreen, listDevices, NO_DEVICES } from './devices';
import { Emitter } from './emitter';
import type { Source, SourcesEnabled } from './protocol';

interface Events {
  /** Another track (or none) stands for this source now. */
  track: { source: Source; track: MediaStreamTrack | null };
  /** Something shown changed: enabled, failures, device lists. */
  change: undefined;
  /** The device in use was unplugged, or one came. */
  plugged: { kind: CaptureKind; present: boolean };
}

export interface LocalState {
  enabled: SourcesEnabled;
  failures: Record<CaptureKind, DeviceFailure | null>;
  devices: DeviceLists;
  deviceIds: Record<CaptureKind, string | null>;
  opening: boolean;
}

const NOTHING: Record<Source, MediaStreamTrack | null> = {
  microphone: null,
  camera: null,
  screen: null,
  'screen-audio': null,
};

export class LocalMedia extends Emitter<Events> {
  readonly tracks: Record<Source, MediaStreamTrack | null> = { ...NOTHING };
  #wanted: Record<CaptureKind, boolean>;
  #failures: Record<CaptureKind, DeviceFailure | null> = { microphone: null, camera: null };
  #deviceIds: Record<CaptureKind, string | null>;
  #devices: DeviceLists = NO_DEVICES;
  #opening = false;
  /** Ends what an earlier, slower getUserMedia brings in. */
  #requests: Record<CaptureKind, number> = { microphone: 0, camera: 0 };

  constructor(wanted: Record<CaptureKind, boolean>, deviceIds: Record<CaptureKind, string | null>) {
    super();
    this.#wanted = { ...wanted };
    this.#deviceIds = { ...deviceIds };
    if (canCapture()) navigator.mediaDevices.addEventListener('devicechange', this.#onDeviceChange);
  }

  get state(): LocalState {
    return {
      enabled: this.enabled,
      failures: { ...this.#failures },
      devices: this.#devices,
      deviceIds: { ...this.#deviceIds },
      opening: this.#opening,
    };
  }

  get enabled(): SourcesEnabled {
    return {
      microphone: this.tracks.microphone !== null && this.#wanted.microphone,
      camera: this.tracks.camera !== null && this.#wanted.camera,
      screen: this.tracks.screen !== null,
      'screen-audio': this.tracks['screen-audio'] !== null,
    };
  }

  async open(): Promise<void> {
    this.#opening = true;
    this.emit('change', undefined);
    // Without the camera wanted, its light stays off; the microphone is opened muted to answer at once.
    if (this.#wanted.camera) {
      const both = await captureBoth(this.#deviceIds);
      this.#adopt('microphone', both.microphone.track, both.microphone.failure);
      this.#adopt('camera', both.camera.track, both.camera.failure);
    } else {
      const { track, failure } = await capture('microphone', this.#deviceIds.microphone);
      this.#adopt('microphone', track, failure);
    }
    this.#opening = false;
    await this.refreshDevices();
  }

  async setEnabled(kind: CaptureKind, enabled: boolean): Promise<void> {
    this.#wanted[kind] = enabled;
    const track = this.tracks[kind];
    if (enabled && !track) await this.#reopen(kind);
    else if (kind === 'camera' && !enabled) this.#release('camera');
    else if (track) track.enabled = enabled;
    this.emit('change', undefined);
  }

  async useDevice(kind: CaptureKind, deviceId: string): Promise<void> {
    this.#deviceIds[kind] = deviceId;
    if (kind === 'camera' && !this.#wanted.camera) this.emit('change', undefined);
    else await this.#reopen(kind);
  }

  /** true: shared; false: the person changed their mind. */
  async shareScreen(): Promise<boolean> {
    const captured = await captureScreen();
    if (!captured) return false;
    captured.video.addEventListener('ended', () => this.stopScreen());
    captured.audio?.addEventListener('ended', () => this.#setTrack('screen-audio', null));
    this.#setTrack('screen', captured.video);
    this.#setTrack('screen-audio', captured.audio);
    this.emit('change', undefined);
    return true;
  }

  stopScreen(): void {
    for (const source of ['screen', 'screen-audio'] as const) {
      this.tracks[source]?.stop();
      if (this.tracks[source]) this.#setTrack(source, null);
    }
    this.emit('change', undefined);
  }

  stopScreenAudio(): void {
    this.tracks['screen-audio']?.stop();
    if (this.tracks['screen-audio']) this.#setTrack('screen-audio', null);
  }

  /** Somebody else turned it off; what the person prefers is not touched. */
  async stop(source: Source): Promise<void> {
    if (source === 'screen') this.stopScreen();
    else if (source === 'screen-audio') this.stopScreenAudio();
    else await this.setEnabled(source, false);
  }

  async refreshDevices(): Promise<void> {
    this.#devices = await listDevices();
    for (const kind of ['microphone', 'camera'] as const) {
      const used = this.tracks[kind]?.getSettings().deviceId;
      if (used) this.#deviceIds[kind] = used;
    }
    this.emit('change', undefined);
  }

  close(): void {
    if (canCapture()) navigator.mediaDevices.removeEventListener('devicechange', this.#onDeviceChange);
    for (const track of Object.values(this.tracks)) track?.stop();
    Object.assign(this.tracks, NOTHING);
    this.clear();
  }

  async #reopen(kind: CaptureKind): Promise<void> {
    const request = ++this.#requests[kind];
    // Some systems open a camera once only: the old one goes first. A microphone is kept till the new one speaks.
    if (kind === 'camera') this.tracks.camera?.stop();
    const { track, failure } = await capture(kind, this.#deviceIds[kind]);
    if (request !== this.#requests[kind]) {
      track?.stop();
      return;
    }
    this.#adopt(kind, track, failure);
    await this.refreshDevices();
  }

  #adopt(kind: CaptureKind, track: MediaStreamTrack | null, failure: DeviceFailure | null): void {
    const former = this.tracks[kind];
    this.#failures[kind] = failure;
    if (track) {
      track.enabled = this.#wanted[kind];
      track.addEventListener('ended', () => this.#onEnded(kind, track));
    }
    this.#setTrack(kind, track);
    if (former && former !== track) former.stop();
  }

  #release(kind: CaptureKind): void {
    this.#requests[kind] += 1;
    this.tracks[kind]?.stop();
    this.#setTrack(kind, null);
  }

  #setTrack(source: Source, track: MediaStreamTrack | null): void {
    this.tracks[source] = track;
    this.emit('track', { source, track });
    this.emit('change', undefined);
  }

  /** stop() fires no event: this is the device going away, or the permission being taken back. */
  #onEnded(kind: CaptureKind, track: MediaStreamTrack): void {
    if (this.tracks[kind] !== track) return;
    this.#deviceIds[kind] = null;
    this.emit('plugged', { kind, present: false });
    void this.#reopen(kind);
  }

  #onDeviceChange = (): void => {
    void this.#afterDeviceChange();
  };

  async #afterDeviceChange(): Promise<void> {
    await this.refreshDevices();
    for (const kind of ['microphone', 'camera'] as const) {
      const list = kind === 'camera' ? this.#devices.cameras : this.#devices.microphones;
      const isMissed = this.#failures[kind] === 'missing' && this.#wanted[kind] && !this.tracks[kind];
      if (!isMissed || list.length === 0) continue;
      await this.#reopen(kind);
      if (this.tracks[kind]) this.emit('plugged', { kind, present: true });
    }
  }
}
