// A call for measuring: three publishers near the server, one viewer behind an emulated link.
//
//   [v] viewer ── linkem ── [srv] server ── linkem ── [p] publisher 1
//                                       └── linkem ── [q] publishers 2 and 3
//
// The viewer is a browser. So is the one publisher of a measure of one publisher. Three publishers are `parley load`, which replays
// what an encoder made of the same clip before: two cores do not encode three cameras in 720p and paint besides (load 10 to 20, and as
// many freezes without loss as with it), and then the processor would be measured. Links v and p are changed by the measures.
import { openSync, closeSync, readFileSync, writeSync } from 'node:fs';
import { loadavg, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeBrowser } from '../tests/e2e/browsers.mjs';
import { devices, encodedClip, encodedSpeech } from '../tests/e2e/clip.mjs';
import { until } from '../tests/e2e/media.mjs';
import { namespace, netlab } from '../tests/e2e/netlab.mjs';
import { inCall, joinRoom, leave, openRoom, pin, pressJoin } from '../tests/e2e/page.mjs';
import { replay } from '../tests/e2e/replay.mjs';
import { within } from './series.mjs';

const PROBE = readFileSync(new URL('quality-probe.js', import.meta.url), 'utf8');
const ORIGIN = 'http://203.0.113.10';
const LINK_EVERY_MS = 200;
// A window in which the large tile has more than 540 lines, so that 720 are of use.
const WINDOW = { width: 1320, height: 800 };
export const MAIN = 'P1';
export const RTT_50 = 'both delay 25 queue 300';

// The network is measured, not the processor: the links are real-time processes (netlab.sh), the server has a machine of its own where it
// is used, and the viewer one of theirs; publishers have what is left.
const SERVER_NICE = -15;
const PUBLISHERS_NICE = 5;

export const AS_A_WHOLE = 'three publishers send the 720p30 clip as encoded before (VP8, 150, 500 and 1700 kbit/s, three temporal layers each; Opus 32 kbit/s) by `parley load`; ' +
  'the viewer is Chromium, sends nothing and has publisher 1 pinned';

const launchIn = (name, args = [], nice = 0) => ({ netns: namespace(name), nice, args: [`--unsafely-treat-insecure-origin-as-secure=${ORIGIN}`, ...args] });

// What linkem reports about one client's link, asked five times a second: {at, up: {…}, down: {…}}.
class LinkLog {
  constructor(state, name) {
    this.file = `${state}/${name}.log`;
    this.control = openSync(`${state}/${name}.ctl`, 'r+');
    this.timer = setInterval(() => this.ask(), LINK_EVERY_MS);
  }

  ask() {
    writeSync(this.control, 'stats\n');
  }

  // The link's clock begins when it starts; one report with a known time ties it to ours.
  async start() {
    this.ask();
    const asked = Date.now();
    await sleep(50);
    this.zero = asked - this.lines().at(-1).t * 1000;
    return this;
  }

  lines() {
    return readFileSync(this.file, 'utf8').split('\n').filter((l) => l.startsWith('{"t"')).map((l) => JSON.parse(l));
  }

  read() {
    return this.lines().map(({ t, ab, ba }) => ({ at: this.zero + t * 1000, up: ab, down: ba }));
  }

  end() {
    clearInterval(this.timer);
    closeSync(this.control);
  }
}

export class Scene {
  static async open(context, options = {}) {
    const scene = new Scene(context, options);
    await scene.start();
    return scene;
  }

  // alone: one publisher, a browser.
  constructor(context, { codec = '', alone = false, env = {}, viewerArgs = [] } = {}) {
    Object.assign(this, { context, codec, alone, env, viewerArgs });
  }

  async start() {
    const { context } = this;
    this.net = await netlab(context, { v: 'none', p: 'none', q: 'none' });
    this.link = await new LinkLog(this.net.state, 'v').start();
    context.onEnd(() => this.link.end());
    this.server = await context.server({ PARLEY_MEDIA_ADDRESSES: '203.0.113.10', PARLEY_LOG_LEVEL: 'info', ...this.env }, { fresh: true, netns: namespace('srv') });
    for (const { pid } of this.server.processes()) setPriority(pid, SERVER_NICE);
    this.room = await this.server.createRoom({ mode: 'sfu' });
    if (this.alone) this.main = await this.publisher(1, 'p', devices('1280x720', 20));
    else this.replay('p', MAIN, 1);
    if (!this.alone) this.replay('q', 'P2', 2);
    await until('publishers', async () => ({ ok: (await this.participants()) >= (this.alone ? 1 : 3) }), { timeout: 20_000, every: 200 });
  }

  async participants() {
    const { text } = await this.server.request('/metrics');
    return Number(/^parley_participants (\d+)/m.exec(text)?.[1] ?? 0);
  }

  replay(where, name, count) {
    replay(this.context, ORIGIN, this.room, { pictures: encodedClip(), sound: encodedSpeech(), name, count, netns: namespace(where), nice: PUBLISHERS_NICE });
  }

  // Before the end of the measure, when what follows needs the processor.
  async close() {
    await Promise.all([this.main, this.watcher].map((p) => p?.context.close()));
  }

  query(...flags) {
    return `?${[...flags, this.codec && `codec=${this.codec}`].filter(Boolean).join('&')}`;
  }

  async person(id, launch, options) {
    const person = await this.context.person(id, { launch, ...options });
    this.context.onEnd(() => closeBrowser('chromium', launch));
    await person.context.addInitScript({ content: PROBE });
    return person;
  }

  async publisher(id, where, files) {
    const person = await this.person(id, launchIn(where, files, PUBLISHERS_NICE), { camera: 'device', steady: true, context: { viewport: { width: 320, height: 240 } } });
    await joinRoom(person, ORIGIN, this.room, { query: this.query('processing=off') });
    return person;
  }

  // 'ba' is down to the client. Waits until the link has taken it.
  async setLink(command, name = 'v') {
    await this.net.link(name, command);
    return Date.now();
  }

  // The viewer's page with the room looked up, ready to join. A page in front paints; one behind another hardly does.
  async viewer(options = {}) {
    this.watcher ??= await this.person(9, launchIn('v', this.viewerArgs), { camera: 'none', context: { viewport: WINDOW }, ...options });
    await openRoom(this.watcher, ORIGIN, this.room, { query: this.query() });
    return this.watcher;
  }

  async join({ pinned = true } = {}) {
    await pressJoin(this.watcher);
    await inCall(this.watcher);
    this.joinedAt = Date.now();
    if (pinned) {
      await this.watcher.page.locator(`[data-testid=tile][aria-label="${MAIN}"]`).waitFor();
      await pin(this.watcher, MAIN);
    }
  }

  async rejoin(options) {
    if (this.joinedAt) await leave(this.watcher).catch(() => { });
    await this.viewer();
    await this.join(options);
  }

  // Publisher 1's picture at the viewer has at least so many lines. false: not within the time.
  async reaches(height, timeout = 30_000) {
    const ask = () => this.watcher.page.evaluate(({ name }) => {
      const { frames, owners } = window.__e2e.quality;
      const last = frames.findLast((f) => owners[f.track] === name);
      return { ok: last !== undefined && last.height, height: last?.height ?? 0 };
    }, { name: MAIN });
    return until(`${MAIN} at ${height} lines`, async () => ({ ok: (await ask()).height >= height }), { timeout, every: 500 }).then(() => true, () => false);
  }

  // The server's log of decisions since the room was made.
  async timeline() {
    const { body } = await this.server.post(`/join-room/${this.room}`, { name: 'log' });
    const entries = [];
    for (let after = 0; ;) {
      const { status, text } = await this.server.request(`/rooms/${this.room}/timeline?after=${after}&limit=500`, { headers: { authorization: `Bearer ${body.token}` } });
      if (status !== 200) return entries;
      const page = JSON.parse(text);
      entries.push(...page.entries);
      if (!page.more) return entries;
      after = page.next;
    }
  }

  // Everything that was collected about the viewer between two times.
  async collect(from, to = Date.now()) {
    const take = (person, since) => person.page.evaluate((at) => window.__e2e.quality.take(at), since);
    const [viewer, main] = await Promise.all([take(this.watcher, 0), this.main ? take(this.main, from - 10_000) : { outbound: [] }]);
    const timeline = await this.timeline();
    const owned = (list, name) => list.filter((e) => viewer.owners[e.track] === name);
    const byTrack = (list) => [...new Set(list.map((e) => e.track))].map((track) => list.filter((e) => e.track === track));
    const quality = viewer.messages.filter((m) => m.type === 'quality' && m.own?.down_kbps != null).map((m) => ({ at: m.at, kbps: m.own.down_kbps }));
    const ownId = viewer.messages.findLast((m) => m.type === 'joined')?.participant_id;
    const logged = timeline.filter((e) => e.what === 'estimate' && e.participant_id === ownId).map((e) => ({ at: e.at_ms, kbps: e.values.after_kbps }));
    return {
      from, to, ownId, timeline, load: loadavg()[0],
      frames: owned(viewer.frames, MAIN).filter((f) => f.at <= to),
      video: within(viewer.inbound.filter((s) => s.kind === 'video'), 0, to),
      audio: byTrack(within(viewer.inbound.filter((s) => s.kind === 'audio'), 0, to)),
      mainVideo: owned(viewer.inbound, MAIN).filter((s) => s.kind === 'video' && s.at <= to),
      byTrack: byTrack(owned(viewer.inbound, MAIN).filter((s) => s.kind === 'video')),
      estimates: [...quality, ...logged].sort((a, b) => a.at - b.at),
      link: within(this.link.read(), from, to),
      sent: main.outbound.filter((s) => s.kind === 'video'),
      clickAt: viewer.clickAt, messages: viewer.messages,
    };
  }
}

// How the machine and publisher 1, if a browser, kept up: without it nobody could tell a bad link from a busy processor.
export function keptUp(taken) {
  const load = Math.round(taken.load * 10) / 10;
  if (taken.sent.length === 0) return { load };
  const sent = within(taken.sent, taken.from, taken.to);
  const top = sent.filter((s) => s.height === Math.max(...sent.map((o) => o.height)));
  const fps = top.map((s) => s.fps).filter(Boolean).sort((a, b) => a - b);
  return { publisher_fps: fps[fps.length >> 1] ?? 0, cpu_limited: sent.filter((s) => s.limited === 'cpu').length, load };
}
