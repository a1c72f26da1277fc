// Strangers at the media port while a call goes on: counted, and the call does not notice.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { hears, keepDecoding, path, sees } from '../media.mjs';
import { joinRoom } from '../page.mjs';
import { test } from '../suite.mjs';

const SCRIPT = fileURLToPath(new URL('../attack.py', import.meta.url));
const attack = async (...args) => JSON.parse((await promisify(execFile)('python3', [SCRIPT, ...args.map(String)])).stdout);

// Two people in the SFU over IPv4 loopback, where packets can be seen and forged.
async function call(t) {
  const server = await t.server({ PARLEY_MEDIA_ADDRESSES: '127.0.0.1' }, { fresh: true });
  const room = await server.createRoom({ mode: 'sfu' });
  const people = [await t.person(1), await t.person(2)];
  for (const p of people) await joinRoom(p, server.url, room);
  await Promise.all([sees(people[0], [2]), sees(people[1], [1])]);
  return { server, people };
}

async function undisturbed(people, during) {
  const before = await Promise.all(people.map(path));
  const [result] = await Promise.all([during(), keepDecoding(people, 1, 6000, 2000)]);
  const after = await Promise.all(people.map(path));
  after.forEach((p, i) => {
    assert.equal(p.state, 'connected');
    assert.equal(p.index, before[i].index, 'the same peer connection');
    assert.equal(p.transport.selectedCandidatePairChanges, before[i].transport.selectedCandidatePairChanges, 'the same path');
  });
  await Promise.all(people.map((p) => hears(p)));
  return result;
}

async function counts(t, server, pattern, run) {
  const before = await server.metric(pattern);
  const result = await run();
  const counted = (await server.metric(pattern)) - before;
  t.note(`${JSON.stringify(result)}, counted ${counted}`);
  return { result, counted };
}

test('UDP junk at the media port', async (t) => {
  const { server, people } = await call(t);
  const { result, counted } = await counts(t, server, /^parley_engine_dropped_/, () => undisturbed(people, () => attack('junk', '127.0.0.1', server.mediaPort, 3000)));
  assert.equal(result.answers, 0, 'junk gets no answer');
  assert.ok(counted >= result.sent * 0.9, 'junk is counted');
});

test('STUN with a bad password', async (t) => {
  const { server, people } = await call(t);
  const ufrag = await people[0].page.evaluate(() => /a=ice-ufrag:(\S+)/.exec(window.parley.legs()[0].pc.remoteDescription.sdp)[1]);
  const { result, counted } = await counts(t, server, /stun/, () => undisturbed(people, () => attack('stun', '127.0.0.1', server.mediaPort, ufrag, 1000)));
  // RFC 8489 9.1.3: refused with 401; never anything else, and never more than was sent.
  assert.deepEqual(result.errors.filter((code) => code !== 401), []);
  assert.ok(result.bytes_per_byte <= 1, 'no amplification');
  assert.ok(counted >= result.sent * 0.9);
});

test('DTLS from an address that never passed ICE', async (t) => {
  const { server, people } = await call(t);
  const { result, counted } = await counts(t, server, /^parley_engine_dropped_unknown/, () => undisturbed(people, () => attack('dtls', '127.0.0.1', server.mediaPort, 1000)));
  assert.equal(result.answers, 0, 'no ServerHello for a stranger');
  assert.ok(counted >= result.sent * 0.9);
});

test('replayed SRTP', { needs: ['root'] }, async (t) => {
  const { server, people } = await call(t);
  const { result, counted } = await counts(t, server, /replay/, () => undisturbed(people, () => attack('replay', server.mediaPort, 6)));
  assert.ok(result.sent > 50, `something was replayed: ${JSON.stringify(result)}`);
  assert.ok(counted >= result.sent * 0.9, 'replays are counted');
});
