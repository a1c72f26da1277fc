import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ViewMessage } from '../src/core/view-report';
import { ViewReport } from '../src/core/view-report';
import { BOB, CLEO } from './fakes';

type Callback = (entries: object[]) => void;
let sights: Callback;
let sizes: Callback;
let sent: ViewMessage[];
let isOpen: boolean;
const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });

const element = (width: number, height: number): Element => ({ clientWidth: width, clientHeight: height }) as Element;
const observerOf = (take: (callback: Callback) => void) =>
  class {
    constructor(callback: Callback) {
      take(callback);
    }
    observe = vi.fn();
    unobserve = vi.fn();
    disconnect = vi.fn();
  };
const reports: ViewReport[] = [];
const newReport = (protocolMinor = 1): ViewReport => {
  const report = new ViewReport({
    protocolMinor,
    send: (message) => {
      if (isOpen) sent.push(message);
      return isOpen;
    },
  });
  reports.push(report);
  return report;
};
const bob = `${BOB}:camera` as const;
const cleo = `${CLEO}:camera` as const;
const screen = `${BOB}:screen` as const;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('ResizeObserver', observerOf((callback) => (sizes = callback)));
  vi.stubGlobal('IntersectionObserver', observerOf((callback) => (sights = callback)));
  vi.stubGlobal('document', page);
  vi.stubGlobal('devicePixelRatio', 2);
  page.visibilityState = 'visible';
  [sent, isOpen] = [[], true];
});
afterEach(() => {
  for (const report of reports.splice(0)) report.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('ViewReport', () => {
  it('tells sizes in device pixels, in the order of the layout, tiles of other pages last and unseen', () => {
    const report = newReport();
    report.observe(bob, element(320, 180));
    report.setOrder([bob, cleo]);
    vi.advanceTimersByTime(200);
    expect(sent).toEqual([
      {
        type: 'view',
        wanted: [
          { participant_id: BOB, group: 'camera', width: 640, height: 360, visible: true, pinned: false },
          { participant_id: CLEO, group: 'camera', width: 0, height: 0, visible: false, pinned: false },
        ],
        audio_only: false,
      },
    ]);
  });
  it('is sent ten times a second at most, the newest at the end, and not again when nothing changed', () => {
    const report = newReport();
    const tile = element(160, 90);
    report.observe(bob, tile);
    report.setOrder([bob]);
    for (let at_ms = 0; at_ms < 1000; at_ms += 10) {
      sizes([{ target: tile, contentRect: { width: 160 + at_ms, height: 90 } }]);
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(500);
    expect(sent.length).toBeGreaterThan(5);
    expect(sent.length).toBeLessThanOrEqual(11);
    expect(sent.at(-1)?.wanted[0]?.width).toBe(2304);
    const count = sent.length;
    report.setOrder([bob]);
    vi.advanceTimersByTime(500);
    expect(sent).toHaveLength(count);
  });
  it('tells of tiles that scrolled away, and of a page that nobody sees', () => {
    const report = newReport();
    const tile = element(320, 180);
    report.observe(bob, tile);
    report.setOrder([bob]);
    sights([{ target: tile, isIntersecting: false }]);
    vi.advanceTimersByTime(200);
    expect(sent.at(-1)?.wanted[0]?.visible).toBe(false);
    sights([{ target: tile, isIntersecting: true }]);
    vi.advanceTimersByTime(200);
    page.visibilityState = 'hidden';
    page.dispatchEvent(new Event('visibilitychange'));
    vi.advanceTimersByTime(200);
    expect(sent.map((message) => message.wanted[0]?.visible)).toEqual([false, true, false]);
  });
  it('puts the pinned tile first and marks it', () => {
    const report = newReport();
    report.setOrder([bob, screen, cleo]);
    report.setPinned(cleo);
    vi.advanceTimersByTime(200);
    expect(sent.at(-1)?.wanted.map((tile) => [tile.participant_id, tile.group, tile.pinned])).toEqual([
      [CLEO, 'camera', true],
      [BOB, 'camera', false],
      [BOB, 'screen', false],
    ]);
  });
  it('keeps a tile that moved to another element', () => {
    const report = newReport();
    const leave = report.observe(bob, element(100, 100));
    report.observe(bob, element(640, 360));
    leave();
    report.setOrder([bob]);
    vi.advanceTimersByTime(200);
    expect(sent.at(-1)?.wanted[0]).toMatchObject({ width: 1280, visible: true });
  });
  it('wants no video when asked to, and says all again after a resume', () => {
    const report = newReport();
    report.setOrder([bob]);
    report.setAudioOnly(true);
    vi.advanceTimersByTime(200);
    isOpen = false;
    report.resend();
    vi.advanceTimersByTime(200);
    isOpen = true;
    report.resend();
    vi.advanceTimersByTime(200);
    expect(sent.map((message) => message.audio_only)).toEqual([true, true]);
  });
  it('sends a server of version 1.0 names alone', () => {
    newReport(0).setOrder([bob]);
    vi.advanceTimersByTime(200);
    expect(sent).toEqual([{ type: 'view', wanted: [{ participant_id: BOB, group: 'camera' }] }]);
  });
});
