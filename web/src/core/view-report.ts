// Tells the server what this page shows: who, how large in device pixels, seen or not. The layout names
// the tiles, each tile brings its element; what changes is sent at most ten times a second.
import type { TileKey } from './leg';
import type { ClientView } from './protocol';

export type ViewMessage = Omit<ClientView, 'id'>;

export interface ViewReportOptions {
  /** Of the server's version 1: 0 refuses the members that came later. */
  protocolMinor: number;
  /** false: not sent (no socket); resend() comes later. */
  send: (message: ViewMessage) => boolean;
}

interface TileView {
  element: Element;
  width: number;
  height: number;
  isSeen: boolean;
}

const EVERY_MS = 100;
/** The layout moves tiles in several steps: what the first ones report is stale at once. */
const SETTLE_MS = 30;
const MOST_WANTED = 64;
const MOST_PIXELS = 16_384;
/** A size that changes by less changes no choice of a layer. */
const STEP_PX = 8;

const toDevicePixels = (css_px: number): number =>
  Math.min(MOST_PIXELS, Math.ceil((css_px * globalThis.devicePixelRatio) / STEP_PX) * STEP_PX);

export class ViewReport {
  #options: ViewReportOptions;
  #tiles = new Map<TileKey, TileView>();
  /** Of the layout: those it shows, most wanted first, then the others. */
  #order: readonly TileKey[] = [];
  #pinned: TileKey | null = null;
  #audioOnly = false;
  #sentText = '';
  #sentAt_ms = -EVERY_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sizes: ResizeObserver;
  #sights: IntersectionObserver;

  constructor(options: ViewReportOptions) {
    this.#options = options;
    this.#sizes = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries) this.#change(target, { width: contentRect.width, height: contentRect.height });
    });
    this.#sights = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.#change(target, { isSeen: isIntersecting });
    });
    document.addEventListener('visibilitychange', this.#plan);
  }

  setOrder(order: readonly TileKey[]): void {
    this.#order = order;
    this.#plan();
  }
  setPinned(pinned: TileKey | null): void {
    this.#pinned = pinned;
    this.#plan();
  }
  setAudioOnly(audioOnly: boolean): void {
    this.#audioOnly = audioOnly;
    this.#plan();
  }

  /** A tile is on the page. Gives the clean-up. */
  observe(key: TileKey, element: Element): () => void {
    this.#tiles.set(key, { element, width: element.clientWidth, height: element.clientHeight, isSeen: true });
    this.#sizes.observe(element);
    this.#sights.observe(element);
    this.#plan();
    return () => {
      this.#sizes.unobserve(element);
      this.#sights.unobserve(element);
      // The same tile may already be elsewhere on the page.
      if (this.#tiles.get(key)?.element === element) this.#tiles.delete(key);
      this.#plan();
    };
  }

  /** The server has forgotten: after a resume. */
  resend(): void {
    this.#sentText = '';
    this.#plan();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#sizes.disconnect();
    this.#sights.disconnect();
    document.removeEventListener('visibilitychange', this.#plan);
  }

  get message(): ViewMessage {
    const isPageSeen = document.visibilityState === 'visible';
    const wanted = this.#order.slice(0, MOST_WANTED).map((key) => {
      const tile = this.#tiles.get(key);
      const visible = isPageSeen && tile?.isSeen === true && tile.width > 0 && tile.height > 0;
      return {
        ...ownerOf(key),
        width: toDevicePixels(tile?.width ?? 0),
        height: toDevicePixels(tile?.height ?? 0),
        visible,
        pinned: key === this.#pinned,
      };
    });
    // Stable: the layout's order within each half.
    wanted.sort((a, b) => Number(b.pinned) - Number(a.pinned));
    return { type: 'view', wanted, audio_only: this.#audioOnly };
  }

  #change(element: Element, change: Partial<TileView>): void {
    for (const tile of this.#tiles.values()) if (tile.element === element) Object.assign(tile, change);
    this.#plan();
  }

  #plan = (): void => {
    if (this.#timer !== undefined) return;
    const wait_ms = Math.max(SETTLE_MS, this.#sentAt_ms + EVERY_MS - performance.now());
    this.#timer = setTimeout(() => this.#send(), wait_ms);
  };

  #send(): void {
    this.#timer = undefined;
    const message = this.#options.protocolMinor > 0 ? this.message : namesOnly(this.message);
    const text = JSON.stringify(message);
    if (text === this.#sentText || !this.#options.send(message)) return;
    this.#sentText = text;
    this.#sentAt_ms = performance.now();
  }
}

const ownerOf = (key: TileKey): { participant_id: string; group: 'camera' | 'screen' } => {
  const [participant_id = '', group] = key.split(':');
  return { participant_id, group: group === 'screen' ? 'screen' : 'camera' };
};

const namesOnly = ({ type, wanted }: ViewMessage): ViewMessage => ({
  type,
  wanted: wanted.map(({ participant_id, group }) => ({ participant_id, group })),
});
