// Somebody whose network goes away under the call, and who has another one.
import { closeBrowser } from '../browsers.mjs';
import { hears, sees } from '../media.mjs';
import { joinRoom } from '../page.mjs';
import { test } from '../suite.mjs';
import { namespace, twoLinks } from '../two-links.mjs';

const SERVER = '203.0.113.10';

test('from one network to another, and back: the call goes on without a reload', { needs: ['netlab'], timeout: 120_000 }, async (t) => {
  const net = await twoLinks(t);
  const server = await t.server({ PARLEY_MEDIA_ADDRESSES: SERVER }, { fresh: true, netns: namespace('srv') });
  const room = await server.createRoom({ mode: 'sfu' });
  const people = [];
  for (const [i, name] of ['client', 'srv'].entries()) {
    const launch = { netns: namespace(name), args: [`--unsafely-treat-insecure-origin-as-secure=http://${SERVER}`] };
    t.onEnd(() => closeBrowser('chromium', launch));
    people.push(await t.person(i + 1, { launch, width: 320, height: 180, fps: 10 }));
  }
  for (const p of people) await joinRoom(p, server.url, room);
  const [a, b] = people;
  const together = () => Promise.all([sees(a, [2]), sees(b, [1]), hears(a), hears(b)]);
  await together();
  await net.unplug('wifi');
  await together();
  await net.plug('wifi');
  await net.unplug('mobile');
  await together();
});
