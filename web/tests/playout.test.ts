// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tileKey } from '../src/core/leg';
import type { MediaByTile } from '../src/core/playout';
import { Playout } from '../src/core/playout';
import { BOB, FakeLeg } from './fakes';

const KEY = tileKey(BOB, 'camera');
let host: HTMLElement;
let playout: Playout;
let shown: MediaByTile;
let paint: (() => void) | null;

const sounds = (): HTMLAudioElement[] => [...host.querySelectorAll('audio')];
const layers = (): number => shown[KEY]?.layers.length ?? 0;
const yes = (): boolean => true;
const no = (): boolean => false;

/** A <video> on the page for the newest layer. */
function attachNewest(onFirstFrame = vi.fn()): void {
  const element = {
    requestVideoFrameCallback: (callback: (now: number) => void) => {
      paint = () => callback(performance.now());
      return 1;
    },
    cancelVideoFrameCallback: vi.fn(),
  };
  const id = shown[KEY]?.layers.at(-1)?.id ?? 0;
  playout.attach(KEY, id, element as unknown as HTMLVideoElement, onFirstFrame);
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('MediaStream', vi.fn());
  HTMLMediaElement.prototype.play = () => Promise.resolve();
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', { configurable: true, writable: true, value: null });
  host = document.createElement('div');
  playout = new Playout(host);
  shown = {};
  playout.on('change', (media) => (shown = media));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('Playout', () => {
  it('plays the first leg at once', () => {
    playout.sync(new FakeLeg('p2p', 1).carries(BOB), no);
    expect([layers(), sounds().length]).toEqual([1, 1]);
  });

  it('leaves the former picture and sound alone until the new leg decodes', () => {
    playout.sync(new FakeLeg('p2p', 1).carries(BOB), yes);
    const [former] = sounds();
    playout.sync(new FakeLeg('sfu', 2).carries(BOB), no);
    expect([layers(), sounds()]).toEqual([1, [former]]);
    expect(former?.muted).toBe(false);
  });

  it('keeps the former sound until the new one plays', () => {
    playout.sync(new FakeLeg('p2p', 1).carries(BOB), yes);
    playout.sync(new FakeLeg('sfu', 2).carries(BOB), yes);
    const [former, next] = sounds();
    expect(former?.muted).toBe(false);
    next?.dispatchEvent(new Event('playing'));
    expect(former?.muted).toBe(false);
    vi.advanceTimersByTime(500);
    expect(former?.muted).toBe(false);
    if (next) next.currentTime = 0.1;
    vi.advanceTimersByTime(100);
    expect([former?.muted, former?.isConnected, sounds()]).toEqual([true, false, [next]]);
  });

  it('keeps the former picture until the new one has painted a frame', () => {
    playout.sync(new FakeLeg('p2p', 1).carries(BOB), yes);
    playout.sync(new FakeLeg('sfu', 2).carries(BOB), yes);
    const onFirstFrame = vi.fn();
    attachNewest(onFirstFrame);
    expect(layers()).toBe(2);
    paint?.();
    expect(onFirstFrame).toHaveBeenCalledOnce();
    expect(layers()).toBe(1);
  });

  it('ignores the former leg once the new one plays', () => {
    const p2p = new FakeLeg('p2p', 1).carries(BOB);
    const sfu = new FakeLeg('sfu', 2).carries(BOB);
    playout.sync(p2p, yes);
    playout.sync(sfu, yes);
    const [, next] = sounds();
    next?.dispatchEvent(new Event('playing'));
    vi.advanceTimersByTime(2_000);
    playout.sync(p2p, yes);
    expect(sounds()).toEqual([next]);
  });

  it('takes down what a given-up leg had put up, and can go back', () => {
    const p2p = new FakeLeg('p2p', 1).carries(BOB);
    const sfu = new FakeLeg('sfu', 2).carries(BOB);
    playout.sync(p2p, yes);
    playout.sync(sfu, yes);
    playout.withdraw(sfu);
    playout.sync(p2p, yes);
    expect(layers()).toBe(1);
    expect(sounds().map((element) => element.muted)).toEqual([false]);
  });

  it('shows nothing of someone whose seat was given away, and nothing of someone who left', () => {
    const sfu = new FakeLeg('sfu', 2).carries(BOB);
    playout.sync(sfu, yes);
    sfu.media = [];
    playout.sync(sfu, yes);
    expect([layers(), sounds()]).toEqual([0, []]);
    playout.sync(sfu.carries(BOB), yes);
    playout.forget(BOB);
    expect([shown[KEY], sounds()]).toEqual([undefined, []]);
  });

  it('says when the browser wants a click first, and plays after it', async () => {
    const blocked = vi.fn();
    playout.on('blocked', blocked);
    HTMLMediaElement.prototype.play = () => Promise.reject(new DOMException('', 'NotAllowedError'));
    playout.sync(new FakeLeg('p2p', 1).carries(BOB), yes);
    await Promise.resolve();
    await Promise.resolve();
    expect(blocked).toHaveBeenLastCalledWith(true);
    HTMLMediaElement.prototype.play = () => Promise.resolve();
    await playout.unblock();
    expect(blocked).toHaveBeenLastCalledWith(false);
  });

  it('measures the longest time between painted frames', () => {
    playout.sync(new FakeLeg('p2p', 1).carries(BOB), yes);
    playout.startMeasuringGaps();
    const now = vi.spyOn(performance, 'now');
    attachNewest();
    for (const at of [100, 133, 400, 433]) {
      now.mockReturnValue(at);
      paint?.();
    }
    expect(playout.frameGaps()).toEqual({ [KEY]: 267 });
    now.mockRestore();
  });
});
