// What one leg to the server sends: a transceiver per source, pictures in layers.
import { isSvc } from './codecs';
import type { LayerEncoding, VideoPlan, Wanted } from './layers';
import { ALL_WANTED, cameraEncodings, linesOf, screenEncodings } from './layers';
import type { OwnStreams, OwnTracks } from './leg';
import { groupOf, kindOf, SOURCES } from './leg';
import type { Source } from './protocol';
import { degradationOf, enableDependencyDescriptor, encodingOf, preferCodecs } from './publish';
import { SenderControl } from './sender-control';

export interface OwnSendersOptions {
  pc: RTCPeerConnection;
  tracks: OwnTracks;
  streams: OwnStreams;
  plans: SendPlans;
}

export interface SendPlans {
  camera: VideoPlan;
  screen: VideoPlan;
  /** Lines of the camera's picture while there is none. */
  lines: number;
}

interface Own {
  transceiver: RTCRtpTransceiver;
  control: SenderControl;
}

export class OwnSenders {
  #options: OwnSendersOptions;
  #tracks: Record<Source, MediaStreamTrack | null>;
  #own = new Map<Source, Own>();
  #wanted = new Map<Source, Wanted>();

  constructor(options: OwnSendersOptions) {
    this.#options = options;
    this.#tracks = { ...options.tracks };
  }

  get plans(): SendPlans {
    return this.#options.plans;
  }

  /** The order of m-lines: microphone, camera, and what is shared already. */
  addAll(): void {
    for (const source of SOURCES) if (groupOf(source) === 'camera' || this.#tracks[source]) this.#add(source);
  }

  /** true: a new m-line, which takes an offer. */
  async setTrack(source: Source, track: MediaStreamTrack | null): Promise<boolean> {
    this.#tracks[source] = track;
    const own = this.#own.get(source);
    if (!own) {
      if (track) this.#add(source);
      return track !== null;
    }
    await own.transceiver.sender.replaceTrack(track);
    await own.control.apply();
    return false;
  }

  /** Which layers of a source the server wants now, lowest first. */
  setWanted(source: Source, wanted: Wanted): void {
    this.#wanted.set(source, wanted);
    void this.#own.get(source)?.control.apply();
  }

  apply(): void {
    for (const { control } of this.#own.values()) void control.apply();
  }

  /** For the offer's `sources`. */
  mids(): { mid: string; source: Source }[] {
    return [...this.#own].flatMap(([source, { transceiver: { mid } }]) => (mid === null ? [] : { mid, source }));
  }

  #encodings(source: Source): LayerEncoding[] {
    const { plans } = this.#options;
    const wanted = this.#wanted.get(source) ?? ALL_WANTED;
    if (source === 'camera') return cameraEncodings(plans.camera, linesOf(this.#tracks.camera, plans.lines), wanted);
    if (source === 'screen') return screenEncodings(plans.screen, wanted);
    return [encodingOf(source, this.#tracks[source])];
  }

  #add(source: Source): void {
    const { pc, streams, plans } = this.#options;
    const plan = source === 'camera' ? plans.camera : source === 'screen' ? plans.screen : null;
    const init = { direction: 'sendonly' as const, streams: [streams[groupOf(source)]] };
    const transceiver = addTransceiver(pc, this.#tracks[source] ?? kindOf(source), { ...init, sendEncodings: this.#encodings(source) });
    preferCodecs(transceiver, kindOf(source), plan?.codec ?? null);
    if (plan && needsDescriptor(plan)) enableDependencyDescriptor(transceiver);
    const control = new SenderControl({
      sender: transceiver.sender,
      wanted: () => this.#encodings(source),
      degradation: plan ? degradationOf(source) : null,
    });
    this.#own.set(source, { transceiver, control });
  }
}

/** VP8 names its temporal layers in each payload; the others need the descriptor for them. */
export const needsDescriptor = (plan: VideoPlan): boolean => isSvc(plan.codec) || plan.codec === 'h264';

function addTransceiver(
  pc: RTCPeerConnection,
  source: MediaStreamTrack | 'audio' | 'video',
  init: RTCRtpTransceiverInit & { sendEncodings: LayerEncoding[] },
): RTCRtpTransceiver {
  try {
    return pc.addTransceiver(source, init);
  } catch {
    // A browser that knows scalabilityMode, but not this one.
    return pc.addTransceiver(source, { ...init, sendEncodings: init.sendEncodings.map(withoutMode) });
  }
}

const withoutMode = (encoding: LayerEncoding): LayerEncoding => {
  const { ...rest } = encoding;
  delete rest.scalabilityMode;
  return rest;
};
