// Layers: what a camera sends, and which of it each viewer gets, by link and by tile.
import assert from 'node:assert/strict';
import { closeBrowser } from '../browsers.mjs';
import { devices, encodedClip, encodedSpeech, smallClip } from '../clip.mjs';
import { hears, stats, until } from '../media.mjs';
import { namespace, netlab } from '../netlab.mjs';
import { joinRoom, openPanel, pin } from '../page.mjs';
import { replay } from '../replay.mjs';
import { test } from '../suite.mjs';

const PUBLIC = '203.0.113.10';
const WIDE = { viewport: { width: 1320, height: 800 } };
const SMALL = { width: 480, height: 420 };
const LONG = { timeout: 60_000 };

const received = async (person) => (await stats(person.page)).flatMap((l) => l.inbound).filter((s) => s.kind === 'video')
  .sort((a, b) => b.framesDecoded - a.framesDecoded)[0] ?? { framesDecoded: 0, frameHeight: 0 };
const sent = async (person) => (await stats(person.page)).filter((l) => l.sfu).flatMap((l) => l.outbound).filter((s) => s.kind === 'video');

// Frames of the accepted height decode, and go on doing so.
async function getsPicture(person, what, accept, options = LONG) {
  const before = (await received(person)).framesDecoded;
  return until(`${person.name} decodes ${what}`, async () => {
    const { framesDecoded, frameHeight } = await received(person);
    return { ok: framesDecoded - before >= 10 && accept(frameHeight), framesDecoded, before, frameHeight };
  }, options);
}

async function keepsPicture(person, what, accept) {
  await getsPicture(person, what, accept);
  return getsPicture(person, `${what} still`, accept);
}

const isFull = (height) => height >= 720;
const isLower = (height) => height > 0 && height <= 360;

// One 720p camera with a real picture, and viewers without one, each with the camera's tile as the large one.
async function camera(t, query) {
  const launch = { args: devices('1280x720', 15) };
  t.onEnd(() => closeBrowser('chromium', launch));
  const person = await t.person(1, { camera: 'device', launch, context: { viewport: { width: 480, height: 320 } } });
  return { person, join: (base, room) => joinRoom(person, base, room, { query }) };
}

async function viewer(t, id, base, room, launch = {}) {
  const person = await t.person(id, { camera: 'none', launch, context: WIDE });
  await joinRoom(person, base, room);
  await person.page.locator('[data-testid=tile][aria-label=P1]').waitFor();
  return person;
}

async function direct(t, codec) {
  const server = await t.server();
  const room = await server.createRoom({ mode: 'sfu' });
  const source = await camera(t, codec ? `?codec=${codec}` : '');
  await source.join(server.url, room);
  return { room, server, source: source.person, watcher: await viewer(t, 2, server.url, room) };
}

test('a 720p camera goes out in three sizes', { needs: ['ffmpeg'] }, async (t) => {
  const { source, watcher } = await direct(t);
  await pin(watcher, 'P1');
  await until('three encodings', async () => {
    const streams = (await sent(source)).filter((s) => s.framesEncoded > 10).sort((a, b) => a.frameHeight - b.frameHeight);
    return { ok: streams.length === 3 && streams.map((s) => s.rid).join('') === 'qhf' && streams.map((s) => s.frameHeight).join() === '180,360,720', streams };
  }, LONG);
  await keepsPicture(watcher, '720 lines', isFull);
});

const CODECS = [['vp8', 'video/VP8', /^L1T3$/], ['h264', 'video/H264', /^L1T3$/], ['vp9', 'video/VP9', /^L3T3_KEY$/], ['av1', 'video/AV1', /^L3T3_KEY$/]];

for (const [codec, mime, mode] of CODECS) {
  test(`${codec}: a small tile gets a small picture, a large one the full`, { needs: ['ffmpeg'], timeout: 240_000 }, async (t) => {
    const { source, watcher } = await direct(t, codec);
    await pin(watcher, 'P1');
    await keepsPicture(watcher, '720 lines', isFull);
    const streams = (await sent(source)).filter((s) => s.framesEncoded > 0);
    assert.ok(streams.every((s) => s.codec === mime && mode.test(s.scalabilityMode)), JSON.stringify(streams));
    await watcher.page.setViewportSize(SMALL);
    await keepsPicture(watcher, 'a smaller picture', isLower);
    await watcher.page.setViewportSize(WIDE.viewport);
    await keepsPicture(watcher, '720 lines again', isFull);
  });
}

// P1, who replays what an encoder made of a 720p camera (two cores do not carry that and two viewers), and the viewers P2 (a link
// of their own, b) and P3 (c), the server in the middle.
async function overLinks(t) {
  const net = await netlab(t, { a: 'none', b: 'none', c: 'none' });
  const server = await t.server({ PARLEY_MEDIA_ADDRESSES: PUBLIC }, { fresh: true, netns: namespace('srv') });
  const room = await server.createRoom({ mode: 'sfu' });
  const inside = (name) => {
    const launch = { netns: namespace(name), args: [`--unsafely-treat-insecure-origin-as-secure=http://${PUBLIC}`] };
    t.onEnd(() => closeBrowser('chromium', launch));
    return launch;
  };
  replay(t, server.url, room, { pictures: encodedClip(), sound: encodedSpeech(), name: 'P1', netns: namespace('a') });
  await net.link('b', 'both delay 20 queue 300');
  const slow = await viewer(t, 2, server.url, room, inside('b'));
  const quick = await viewer(t, 3, server.url, room, inside('c'));
  for (const p of [slow, quick]) await pin(p, 'P1');
  await Promise.all([slow, quick].map((p) => keepsPicture(p, '720 lines', isFull)));
  return { net, slow, quick };
}

const onLinks = { needs: ['netlab', 'ffmpeg'], timeout: 240_000 };

test('a slow link gets a lower layer and nobody else does; relieved, it gets the full one', onLinks, async (t) => {
  const { net, slow, quick } = await overLinks(t);
  await net.link('b', 'ba rate 400k');
  await Promise.all([keepsPicture(slow, 'a lower layer', isLower), keepsPicture(quick, '720 lines', isFull)]);
  await hears(slow);
  await net.link('b', 'ba rate 0');
  await Promise.all([keepsPicture(slow, '720 lines again', isFull), keepsPicture(quick, '720 lines', isFull)]);
});

test('a link too slow for pictures: a notice in their place, the sound goes on', onLinks, async (t) => {
  const { net, slow, quick } = await overLinks(t);
  const notice = slow.page.locator('[data-testid=tile][aria-label=P1]').getByTestId('paused');
  await net.link('b', 'ba rate 100k');
  await notice.waitFor({ timeout: 60_000 });
  await hears(slow);
  await keepsPicture(quick, '720 lines', isFull);
  await net.link('b', 'ba rate 0');
  await keepsPicture(slow, '720 lines again', isFull);
  await notice.waitFor({ state: 'hidden' });
});

test('the statistics panel opens and shows what is received', { needs: ['ffmpeg'] }, async (t) => {
  const { watcher } = await direct(t);
  await getsPicture(watcher, 'a picture', (height) => height > 0);
  await openPanel(watcher, 'statistics');
  const panel = watcher.page.getByTestId('statistics-panel');
  await panel.getByText('Received').first().waitFor();
  await until('a plot', async () => (await panel.locator('svg path').count()) > 0);
});

test('a page sees and hears what the load tool replays', { needs: ['ffmpeg'] }, async (t) => {
  const server = await t.server();
  const room = await server.createRoom({ mode: 'sfu' });
  replay(t, server.url, room, { pictures: smallClip(), sound: encodedSpeech(), name: 'P1' });
  const watcher = await viewer(t, 2, server.url, room);
  await keepsPicture(watcher, "the clip's 180 lines", (height) => height === 180);
  await hears(watcher);
});
