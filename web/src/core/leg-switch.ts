// Make-before-break: the new leg is built beside the one in use; the media moves over tile by tile as it
// decodes; the former leg closes when the server says that everybody is over.
import { Emitter } from './emitter';
import type { Leg, LegState, RemoteMedia } from './leg';
import { groupOf } from './leg';
import type { Playout } from './playout';
import type { Mode, SourcesEnabled } from './protocol';
import { Receiving } from './receiving';

export interface SwitchRecord {
  from: Mode | null;
  to: Mode;
  epoch: number;
  reason: string;
  startedAt_ms: number;
  connectedAfter_ms: number | null;
  readyAfter_ms: number | null;
  doneAfter_ms: number | null;
  /** Longest time between two painted frames, per tile, from the start until two seconds after the end. */
  videoGaps_ms: Record<string, number>;
}

interface Events {
  change: undefined;
  /** The new leg is connected and everything expected decodes. */
  ready: Leg;
  failed: Leg;
  /** Nothing new plays of what flowed over the leg in use. */
  lull: undefined;
}

export interface LegSwitchOptions {
  playout: Playout;
  /** What the participant sends unmuted; undefined: not in the room. */
  sourcesOf: (participantId: string) => SourcesEnabled | undefined;
}

const POLL_MS = 80;
const GAPS_SETTLE_MS = 2_000;
const MAX_RECORDS = 32;

export class LegSwitch extends Emitter<Events> {
  readonly records: SwitchRecord[] = [];
  #options: LegSwitchOptions;
  #current: Leg | null = null;
  #next: Leg | null = null;
  /** Of the new leg. */
  #receiving: Receiving | null = null;
  #isReady = false;
  #pollTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LegSwitchOptions) {
    super();
    this.#options = options;
  }

  get current(): Leg | null {
    return this.#current;
  }
  get next(): Leg | null {
    return this.#next;
  }
  get legs(): Leg[] {
    return [this.#current, this.#next].filter((leg) => leg !== null);
  }
  /** The leg that stands for the present epoch. */
  get newest(): Leg | null {
    return this.#next ?? this.#current;
  }

  /** Starts to move to this leg. A former attempt that never got ready is given up. */
  begin(leg: Leg, reason: string): void {
    this.#abandonNext();
    this.#next = leg;
    this.#receiving = new Receiving(leg.pc);
    this.#isReady = false;
    this.#options.playout.startMeasuringGaps();
    this.records.push({
      from: this.#current?.kind ?? null,
      to: leg.kind,
      epoch: leg.epoch,
      reason,
      startedAt_ms: performance.now(),
      connectedAfter_ms: null,
      readyAfter_ms: null,
      doneAfter_ms: null,
      videoGaps_ms: {},
    });
    if (this.records.length > MAX_RECORDS) this.records.shift();
    leg.on('state', (state) => this.#onState(leg, state));
    leg.on('media', () => this.#sync(leg));
    leg.on('lull', () => {
      if (leg === this.#current) this.emit('lull', undefined);
    });
    this.emit('change', undefined);
    void this.#poll(leg);
  }

  /** Everybody is over: the former leg closes. */
  finish(): void {
    const former = this.#current;
    const leg = this.#next;
    if (!leg) return;
    clearTimeout(this.#pollTimer);
    this.#current = leg;
    this.#next = null;
    this.#options.playout.sync(leg, () => true);
    former?.close();
    this.#closeRecord();
    this.emit('change', undefined);
  }

  /** Back to the leg in use, if there is one. */
  abandon(): void {
    this.#abandonNext();
    this.emit('change', undefined);
  }

  /** Nobody is left to talk to, or the call is over. */
  closeAll(): void {
    this.#abandonNext();
    if (this.#current) {
      this.#options.playout.withdraw(this.#current);
      this.#current.close();
    }
    this.#current = null;
    this.emit('change', undefined);
  }

  #abandonNext(): void {
    const leg = this.#next;
    if (!leg) return;
    clearTimeout(this.#pollTimer);
    this.#next = null;
    this.#options.playout.withdraw(leg);
    leg.close();
    if (this.#current) this.#options.playout.sync(this.#current, () => true);
  }

  #sync(leg: Leg): void {
    if (leg === this.#current || (leg === this.#next && this.#current === null)) {
      this.#options.playout.sync(leg, () => true);
    } else if (leg === this.#next) {
      void this.#syncDecoding(leg);
    }
  }

  async #syncDecoding(leg: Leg): Promise<void> {
    const flows = await this.#receiving?.read();
    if (flows && leg === this.#next) this.#options.playout.sync(leg, (receiver) => flows.has(receiver.track.id));
  }

  #onState(leg: Leg, state: LegState): void {
    const record = this.records.at(-1);
    if (leg === this.#next && state === 'connected' && record) {
      record.connectedAfter_ms ??= performance.now() - record.startedAt_ms;
    }
    if (state === 'failed' && this.legs.includes(leg)) this.emit('failed', leg);
    this.emit('change', undefined);
  }

  /** Until the new leg is ready: every 80 ms, does everything expected decode? */
  async #poll(leg: Leg): Promise<void> {
    const flows = await this.#receiving?.read();
    if (!flows || leg !== this.#next) return;
    if (leg.state === 'connected') {
      this.#options.playout.sync(leg, (receiver) => flows.has(receiver.track.id));
      if (!this.#isReady && this.#decodesAll(leg, flows)) this.#becomeReady(leg);
    }
    // Goes on after ready, too: someone who was silent may start to talk before mode-done.
    this.#pollTimer = setTimeout(() => void this.#poll(leg), this.#isReady ? POLL_MS * 4 : POLL_MS);
  }

  #becomeReady(leg: Leg): void {
    this.#isReady = true;
    const record = this.records.at(-1);
    if (record) record.readyAfter_ms = performance.now() - record.startedAt_ms;
    this.emit('ready', leg);
  }

  /** What came over the former leg must come over the new one; without a former leg, what is on offer. */
  #decodesAll(leg: Leg, flows: ReadonlySet<string>): boolean {
    const arriving = leg.remote();
    const expected = (this.#current ?? leg).remote().filter((media) => this.#isSending(media));
    return expected.every((media) => {
      const found = arriving.find((m) => m.participantId === media.participantId && m.group === media.group);
      return found !== undefined && this.#decodes(found, flows);
    });
  }

  #isSending(media: RemoteMedia): boolean {
    const sources = this.#options.sourcesOf(media.participantId);
    if (!sources) return false;
    return media.group === 'camera' ? sources.camera || sources.microphone : sources.screen;
  }

  #decodes(media: RemoteMedia, flows: ReadonlySet<string>): boolean {
    const sources = this.#options.sourcesOf(media.participantId);
    if (!sources) return true;
    const isOn = (source: keyof SourcesEnabled): boolean => sources[source] && groupOf(source) === media.group;
    const needsVideo = (isOn('camera') || isOn('screen')) && !media.codecProblem && media.paused === null;
    const needsAudio = isOn('microphone');
    const has = (receiver: RTCRtpReceiver | null): boolean => receiver !== null && flows.has(receiver.track.id);
    return (!needsVideo || has(media.video)) && (!needsAudio || has(media.audio));
  }

  #closeRecord(): void {
    const record = this.records.at(-1);
    if (!record) return;
    record.doneAfter_ms = performance.now() - record.startedAt_ms;
    setTimeout(() => (record.videoGaps_ms = this.#options.playout.frameGaps()), GAPS_SETTLE_MS);
  }
}
