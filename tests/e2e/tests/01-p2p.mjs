// Two people talk directly.
import assert from 'node:assert/strict';
import { correlation, hears, hearsTonesOf, onLeg, path, sees, stats, until } from '../media.mjs';
import { joinRoom } from '../page.mjs';
import { test } from '../suite.mjs';

const PAIRS = [['chromium', 'chromium'], ['chromium', 'firefox'], ['firefox', 'chromium'], ['firefox', 'firefox']];

for (const [first, second] of PAIRS) {
  const needs = [first, second].includes('firefox') ? ['firefox'] : [];
  test(`two people directly: ${first} waits, ${second} joins`, { needs }, async (t) => {
    const server = await t.server();
    const room = await server.createRoom();
    const a = await t.person(1, { kind: first });
    const b = await t.person(2, { kind: second });
    await joinRoom(a, server.url, room);
    await joinRoom(b, server.url, room);
    await Promise.all([sees(a, [2]), sees(b, [1]), hears(a), hears(b)]);
    await Promise.all([onLeg(a, 'p2p'), onLeg(b, 'p2p')]);
    for (const p of [a, b]) {
      const { pair, transport } = await path(p);
      assert.notEqual(pair.local.type, 'relay', `${p.name} goes directly`);
      assert.equal(transport.dtlsState, 'connected');
    }
    // Chromium can also be asked whose tone it hears; Firefox's microphone is its own 1 kHz.
    if (first === 'chromium' && second === 'chromium') {
      await hearsTonesOf(a, [2]);
      await hearsTonesOf(b, [1]);
    }
  });
}

test('the picture of the browser\'s own camera arrives as it was sent', async (t) => {
  const server = await t.server();
  const room = await server.createRoom();
  const a = await t.person(1, { camera: 'device' });
  const b = await t.person(2);
  await joinRoom(a, server.url, room);
  await joinRoom(b, server.url, room);
  await Promise.all([sees(a, [2]), hears(b)]);
  const thumbnail = (p, own) => p.page.evaluate((mine) => {
    const video = [...document.querySelectorAll('video')].find((v) => v.videoWidth > 0 && v.muted !== undefined
      && (v.srcObject?.getVideoTracks()[0]?.label ?? '') !== '' && window.__e2e.recognise(v) < 0
      && (mine ? v.srcObject.getVideoTracks().some((tr) => /fake/i.test(tr.label)) : true));
    return video ? window.__e2e.thumbnail(video) : null;
  }, own);
  // The fake camera is a green field with a turning disc: its field stays, so the scenes agree well.
  await until('the sent and the shown picture agree', async () => {
    const [sent, shown] = [await thumbnail(a, true), await thumbnail(b, false)];
    const agreement = sent && shown ? correlation(sent, shown) : 0;
    return { ok: agreement > 0.8, agreement };
  });
  const legs = await stats(b.page);
  assert.ok(legs.flatMap((leg) => leg.inbound).some((s) => s.kind === 'video' && s.framesDecoded > 0));
});
