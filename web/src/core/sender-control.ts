// Keeps one RTCRtpSender at what is wanted of it: setParameters must follow its getParameters at once and
// calls must not overlap, so changes go one at a time, and only the newest counts.
import type { LayerEncoding } from './layers';

export interface SenderControlOptions {
  sender: RTCRtpSender;
  /** In the order of the sender's encodings; asked anew for each change. */
  wanted: () => readonly LayerEncoding[];
  degradation: RTCDegradationPreference | null;
}

const CHANGEABLE = ['active', 'maxBitrate', 'scaleResolutionDownBy', 'scalabilityMode', 'priority', 'networkPriority'] as const;

/** false: nothing would change. */
function merge(encoding: LayerEncoding, wanted: LayerEncoding, names: readonly (typeof CHANGEABLE)[number][]): boolean {
  const differs = names.filter((name) => wanted[name] !== undefined && wanted[name] !== encoding[name]);
  for (const name of differs) Object.assign(encoding, { [name]: wanted[name] });
  return differs.length > 0;
}

export class SenderControl {
  #options: SenderControlOptions;
  #running: Promise<void> | null = null;
  #again = false;
  /** Off for good once this browser or codec has refused it. */
  #hasModes = true;

  constructor(options: SenderControlOptions) {
    this.#options = options;
  }

  /** Resolves when the sender is as wanted, or has refused. */
  apply(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#applyAll().finally(() => (this.#running = null));
    return this.#running;
  }

  async #applyAll(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      const isDone = await this.#applyOnce();
      if (isDone || !this.#hasModes) continue;
      this.#hasModes = false;
      await this.#applyOnce();
    }
  }

  async #applyOnce(): Promise<boolean> {
    const { sender, wanted, degradation } = this.#options;
    const parameters = sender.getParameters();
    const names = CHANGEABLE.filter((name) => name !== 'scalabilityMode' || this.#hasModes);
    const targets = wanted();
    const changes = parameters.encodings.filter((encoding, index) => merge(encoding, targets[index] ?? {}, names));
    const isAdapted = degradation === null || parameters.degradationPreference === degradation;
    if (changes.length === 0 && isAdapted) return true;
    if (degradation) parameters.degradationPreference = degradation;
    return sender.setParameters(parameters).then(
      () => true,
      () => false,
    );
  }
}
