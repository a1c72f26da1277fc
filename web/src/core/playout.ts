// Plays what the legs receive. While the media moves from one leg to another, a tile has two layers: the
// former one stays visible until the new one has painted a frame, the former sound until the new one runs.
import { Emitter } from './emitter';
import type { Leg, Pause, RemoteMedia, TileKey } from './leg';
import { tileKey } from './leg';

export interface VideoLayer {
  id: number;
  stream: MediaStream;
}
export interface TileMedia {
  /** Oldest first; the component paints the newest that has a frame. */
  layers: VideoLayer[];
  codecProblem: boolean;
  paused: Pause | null;
}
export type MediaByTile = Readonly<Record<TileKey, TileMedia>>;

interface Events {
  change: MediaByTile;
  /** The browser wants a click before it plays sound. */
  blocked: boolean;
}

interface OwnedLayer extends VideoLayer {
  receiver: RTCRtpReceiver;
  rank: number;
}
interface Sound {
  element: HTMLAudioElement;
  receiver: RTCRtpReceiver;
  rank: number;
  /** What this one replaces, as long as both play. */
  former: Sound | null;
}
interface Tile {
  layers: OwnedLayer[];
  sound: Sound | null;
  codecProblem: boolean;
  paused: Pause | null;
}

type Flows = (receiver: RTCRtpReceiver) => boolean;

/** 'playing' comes before the first sample is heard; how much, the element's clock tells. */
const HEARD_AFTER_S = 0.05;
const HEARD_POLL_MS = 20;
/** A sound whose clock stands still is taken to be heard after this. */
const HEARD_AT_LATEST_MS = 1_500;
/** A layer behind which no tile is on the page (another grid page) cannot paint: it need not wait. */
const UNSEEN_AFTER_MS = 3_000;

export class Playout extends Emitter<Events> {
  #tiles = new Map<TileKey, Tile>();
  /** Younger legs outrank older ones. */
  #ranks = new WeakMap<Leg, number>();
  #nextRank = 1;
  #nextLayer = 1;
  #speakerId: string | null = null;
  #host: HTMLElement;
  #frameGaps = new Map<TileKey, { last_ms: number; longest_ms: number }>();

  constructor(host: HTMLElement) {
    super();
    this.#host = host;
  }

  /**
   * Makes the tiles agree with what this leg receives. `flows` tells which receivers decode already:
   * what replaces another leg's picture or sound waits for that.
   */
  sync(leg: Leg, flows: Flows): void {
    const rank = this.#rankOf(leg);
    const seen = new Set<TileKey>();
    for (const media of leg.remote()) {
      const key = tileKey(media.participantId, media.group);
      seen.add(key);
      this.#syncTile(key, media, rank, flows);
    }
    for (const [key, tile] of this.#tiles) {
      if (!seen.has(key)) this.#withdraw(tile, rank);
    }
    this.#publish();
  }

  /** The leg failed before it carried anything: whatever it had put up comes down. */
  withdraw(leg: Leg): void {
    const rank = this.#rankOf(leg);
    for (const tile of this.#tiles.values()) this.#withdraw(tile, rank);
    this.#publish();
  }

  forget(participantId: string): void {
    for (const group of ['camera', 'screen'] as const) {
      const tile = this.#tiles.get(tileKey(participantId, group));
      if (tile) end(tile.sound);
      this.#tiles.delete(tileKey(participantId, group));
    }
    this.#publish();
  }

  /** A <video> for this layer is on the page: learns of its frames. Gives the clean-up. */
  attach(key: TileKey, layerId: number, element: HTMLVideoElement, onFirstFrame: () => void): () => void {
    let isFirst = true;
    let handle = 0;
    const onFrame = (now_ms: number): void => {
      this.#noteFrame(key, now_ms);
      if (isFirst) {
        isFirst = false;
        onFirstFrame();
        this.#dropBelow(key, layerId);
      }
      handle = element.requestVideoFrameCallback(onFrame);
    };
    handle = element.requestVideoFrameCallback(onFrame);
    return () => element.cancelVideoFrameCallback(handle);
  }

  startMeasuringGaps(): void {
    this.#frameGaps = new Map([...this.#tiles.keys()].map((key) => [key, { last_ms: 0, longest_ms: 0 }]));
  }

  /** The longest time between two painted frames per tile since startMeasuringGaps. */
  frameGaps(): Record<string, number> {
    return Object.fromEntries([...this.#frameGaps].map(([key, gap]) => [key, Math.round(gap.longest_ms)]));
  }

  setSpeaker(deviceId: string | null): void {
    this.#speakerId = deviceId;
    for (const tile of this.#tiles.values()) if (tile.sound) void this.#route(tile.sound.element);
  }

  /** After a click: starts what the browser had refused to play. */
  async unblock(): Promise<void> {
    const sounds = [...this.#tiles.values()].flatMap((tile) => (tile.sound ? [tile.sound.element] : []));
    await Promise.all(sounds.map((element) => element.play())).then(
      () => this.emit('blocked', false),
      () => undefined,
    );
  }

  close(): void {
    for (const tile of this.#tiles.values()) end(tile.sound);
    this.#tiles.clear();
    this.#publish();
    this.clear();
  }

  #rankOf(leg: Leg): number {
    const rank = this.#ranks.get(leg) ?? this.#nextRank++;
    this.#ranks.set(leg, rank);
    return rank;
  }

  #syncTile(key: TileKey, media: RemoteMedia, rank: number, flows: Flows): void {
    if (!media.audio && !media.video && !this.#tiles.has(key)) return;
    const tile = this.#tiles.get(key) ?? { layers: [], sound: null, codecProblem: false, paused: null };
    this.#tiles.set(key, tile);
    tile.codecProblem = media.codecProblem;
    tile.paused = media.paused;
    this.#syncVideo(key, tile, media.video, rank, flows);
    this.#syncAudio(tile, media.audio, rank, flows);
  }

  #syncVideo(key: TileKey, tile: Tile, receiver: RTCRtpReceiver | null, rank: number, flows: Flows): void {
    const top = tile.layers.at(-1);
    if (top && (top.rank > rank || top.receiver === receiver)) return;
    if (!receiver) {
      tile.layers = tile.layers.filter((layer) => layer.rank !== rank);
      return;
    }
    if (top && top.rank !== rank && !flows(receiver)) return;
    const layer = { id: this.#nextLayer++, stream: new MediaStream([receiver.track]), receiver, rank };
    tile.layers = [...tile.layers, layer];
    if (top) setTimeout(() => this.#dropBelow(key, layer.id), UNSEEN_AFTER_MS);
  }

  #syncAudio(tile: Tile, receiver: RTCRtpReceiver | null, rank: number, flows: Flows): void {
    const former = tile.sound;
    if (former && (former.rank > rank || former.receiver === receiver)) return;
    if (!receiver) {
      if (former?.rank === rank) stopSound(tile);
      return;
    }
    const replacesOther = former !== null && former.rank !== rank;
    if (replacesOther && !flows(receiver)) return;
    tile.sound = this.#play({ element: document.createElement('audio'), receiver, rank, former });
  }

  /** The former sound ends when the new one runs: an overlap of some milliseconds, never a hole. */
  #play(sound: Sound): Sound {
    const { element, receiver } = sound;
    element.autoplay = true;
    element.srcObject = new MediaStream([receiver.track]);
    const endFormer = (): void => {
      end(sound.former);
      sound.former = null;
    };
    element.addEventListener('playing', () => whenHeard(element, endFormer), { once: true });
    this.#host.append(element);
    void this.#route(element);
    element.play().catch((error: unknown) => {
      endFormer();
      if (error instanceof DOMException && error.name === 'NotAllowedError') this.emit('blocked', true);
    });
    return sound;
  }

  async #route(element: HTMLAudioElement): Promise<void> {
    if (!('setSinkId' in element)) return;
    await element.setSinkId(this.#speakerId ?? '').catch(() => undefined);
  }

  #withdraw(tile: Tile, rank: number): void {
    tile.layers = tile.layers.filter((layer) => layer.rank !== rank);
    if (tile.sound?.rank === rank) stopSound(tile);
  }

  #dropBelow(key: TileKey, layerId: number): void {
    const tile = this.#tiles.get(key);
    const index = tile?.layers.findIndex((layer) => layer.id === layerId) ?? -1;
    if (!tile || index <= 0) return;
    tile.layers = tile.layers.slice(index);
    this.#publish();
  }

  #noteFrame(key: TileKey, now_ms: number): void {
    const gap = this.#frameGaps.get(key);
    if (!gap) return;
    if (gap.last_ms > 0) gap.longest_ms = Math.max(gap.longest_ms, now_ms - gap.last_ms);
    gap.last_ms = now_ms;
  }

  #publish(): void {
    const entries = [...this.#tiles].map(([key, tile]): [TileKey, TileMedia] => [
      key,
      {
        layers: tile.layers.map(({ id, stream }) => ({ id, stream })),
        codecProblem: tile.codecProblem,
        paused: tile.paused,
      },
    ]);
    this.emit('change', Object.fromEntries(entries));
  }
}

function whenHeard(element: HTMLAudioElement, then: () => void): void {
  const giveUpAt_ms = performance.now() + HEARD_AT_LATEST_MS;
  const start_s = element.currentTime;
  const poll = setInterval(() => {
    if (element.currentTime - start_s < HEARD_AFTER_S && performance.now() < giveUpAt_ms) return;
    clearInterval(poll);
    then();
  }, HEARD_POLL_MS);
}

/** Ends a sound and those that still play beneath it. */
function end(sound: Sound | null): void {
  for (let at = sound; at; at = at.former) silence(at.element);
}

/** Ends the newest sound; what it was about to replace goes on. */
function stopSound(tile: Tile): void {
  if (tile.sound) silence(tile.sound.element);
  tile.sound = tile.sound?.former ?? null;
}

function silence(element: HTMLAudioElement): void {
  element.muted = true;
  element.srcObject = null;
  element.remove();
}
