// What goes between clients and a media worker: views down; seats, publish, quality and timelines up. The worker is the test's, so that
// it can say what a real one never should.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { join, resume } from './client.mjs';
import { bytes, id, IPC, LoneControl, u16, u32, u64, u8 } from './lone.mjs';
import { documented } from './openapi.mjs';

const SECRET = Buffer.concat([Buffer.from([1, 2, 3]), Buffer.alloc(29)]);    // of lone_control.c
const ABSENT = 'feedfacefeedface';
const control = new LoneControl({ PARLEY_LIMITS_TIMELINES_PER_MINUTE: '1000' });
before(() => control.start());
after(async () => {
  await control.stop();
  control.remove();
});

// A room of mode sfu with so many people; room: as the worker knows it.
async function call(...names) {
  const room_id = await control.createRoom({ mode: 'sfu' });
  const people = [];
  for (const name of names) people.push(await join(control, room_id, name));
  const { room } = await control.heard(IPC.PARTICIPANT_ADD, people[0].id);
  return { room_id, room, people };
}

const to = (room, client) => ({ room, participant: client.id });
const seat = (who, { group = 0, media = 3, problem = 0, paused = 0 } = {}) => [id(who), u8(group), u8(media), u8(problem), u8(paused)];
const seats = (...all) => bytes(u16(all.length), ...all);
const publish = (...sources) => bytes(u16(sources.length), ...sources.map(([source, layers, temporal]) => [u8(source), u8(layers), u8(temporal)]));
const quality = (who, { down = 0, sent = 0, up = 0, downLoss = 0, upLoss = 0, rtt = 0, score = 4, reason = 0 } = {}) =>
  [id(who), u32(down), u32(sent), u32(up), u16(downLoss), u16(upLoss), u16(rtt), u8(score), u8(reason)];
const qualities = (...all) => bytes(u16(all.length), ...all);

async function resumeSoon(client) {
  for (;;) {
    const again = await resume(client).catch(() => null);
    if (again) return again;
    await sleep(20);
  }
}

// Nothing of that type came, although what was sent later did.
async function nothing(client, type) {
  await client.request({ type: 'ping' });
  assert.equal(client.unread.some((message) => message.type === type), false, `${type} came`);
}

// ---- view ----

const tile = (payload, i) => {
  const at = 3 + 14 * i;
  return {
    participant: payload.subarray(at, at + 8).toString('hex'), group: payload[at + 8], width: payload.readUInt16BE(at + 9), height: payload.readUInt16BE(at + 11),
    visible: (payload[at + 13] & 1) !== 0, pinned: (payload[at + 13] & 2) !== 0,
  };
};
const view = ({ payload }) => ({ audio_only: payload[0] === 1, tiles: Array.from({ length: payload.readUInt16BE(1) }, (_, i) => tile(payload, i)) });

test('view: sizes, visibility and pins reach the worker; the form of version 1.0 means visible and unknown', async () => {
  const { people: [ada, ben] } = await call('Ada', 'Ben');
  assert.equal(ada.joined.protocol_minor, 3);
  await ada.ok({ type: 'view', wanted: [{ participant_id: ben.id, group: 'camera' }, { participant_id: ABSENT, group: 'screen' }] });
  assert.deepEqual(view(await control.heard(IPC.VIEW, ada.id)), {
    audio_only: false, tiles: [{ participant: ben.id, group: 0, width: 0, height: 0, visible: true, pinned: false }],
  });
  await ada.ok({
    type: 'view', audio_only: true,
    wanted: [{ participant_id: ben.id, group: 'screen', width: 1280, height: 720, visible: false, pinned: true }, { participant_id: ben.id, group: 'camera', width: 16_384 }],
  });
  assert.deepEqual(view(await control.heard(IPC.VIEW, ada.id)), {
    audio_only: true,
    tiles: [{ participant: ben.id, group: 1, width: 1280, height: 720, visible: false, pinned: true }, { participant: ben.id, group: 0, width: 16_384, height: 0, visible: true, pinned: false }],
  });
  await ada.ok({ type: 'view', wanted: Array(64).fill({ participant_id: ben.id, group: 'camera', width: 1, height: 1 }) });
  assert.equal(view(await control.heard(IPC.VIEW, ada.id)).tiles.length, 64);
});

test('view: another worker is told the last one again', async () => {
  const { people: [ada, ben] } = await call('Ada', 'Ben');
  for (const width of [320, 640]) await ada.ok({ type: 'view', wanted: [{ participant_id: ben.id, group: 'camera', width }] });
  await control.heard(IPC.VIEW, ada.id);
  assert.equal(view(await control.heard(IPC.VIEW, ada.id)).tiles[0].width, 640);
  control.replaceWorker();
  await ada.next('media-restart');
  assert.equal(view(await control.heard(IPC.VIEW, ada.id)).tiles[0].width, 640);
});

// ---- snapshots ----

test('a worker that tells of participants unasked is not believed', async () => {
  const { room_id, room, people: [ada] } = await call('Ada');
  const { note } = control.participants.get(ada.id);
  control.say(IPC.SNAPSHOT_PARTICIPANT, { room, participant: ABSENT, flags: 0xf01 }, note);
  await ada.request({ type: 'ping' });
  const ben = await join(control, room_id, 'Ben');
  assert.deepEqual(ben.joined.participants.map((p) => p.participant_id), [ada.id]);
});

// ---- seats and publish ----

test('seats: why a video is paused', async () => {
  const { room, people: [ada, ben] } = await call('Ada', 'Ben');
  control.say(IPC.SEATS, to(room, ada), seats(...[0, 1, 2, 3].map((paused) => seat(ben.id, { paused })), seat(ABSENT, { paused: 1 })));
  const told = await ada.next('seats');
  assert.deepEqual(told.seats.map(({ paused }) => paused), [null, 'bandwidth', 'hidden', 'audio_only', null]);
  assert.deepEqual(told.seats[1], { seat: 1, participant_id: ben.id, group: 'camera', audio: true, video: true, paused: 'bandwidth' });
  await nothing(ben, 'seats');
});

test('publish: to whom it is about, and only for video', async () => {
  const { room, people: [ada, ben] } = await call('Ada', 'Ben');
  control.say(IPC.PUBLISH, to(room, ada), publish([1, 5, 2], [2, 0, 0], [0, 7, 3]));
  assert.deepEqual(await ada.next('publish'), {
    type: 'publish', sources: [{ source: 'camera', layers: [true, false, true], max_temporal: 2 }, { source: 'screen', layers: [false, false, false], max_temporal: 0 }],
  });
  await nothing(ben, 'publish');
});

test('a dropped socket gets the last seats and the last publish after it resumed', async () => {
  const { room, people: [ada, ben] } = await call('Ada', 'Ben');
  for (const layers of [7, 1]) control.say(IPC.PUBLISH, to(room, ada), publish([1, layers, 2]));
  for (const paused of [0, 1]) control.say(IPC.SEATS, to(room, ada), seats(seat(ben.id, { paused })));
  for (let i = 0; i < 2; i++) await ada.next('seats');
  ada.drop();
  await ben.next('participant-updated');
  control.say(IPC.PUBLISH, to(room, ada), publish([1, 3, 1]));    // while nobody listens
  await sleep(50);
  const again = await resume(ada);
  assert.equal((await again.next('seats')).seats[0].paused, 'bandwidth');
  assert.deepEqual((await again.next('publish')).sources, [{ source: 'camera', layers: [true, true, false], max_temporal: 1 }]);
  await nothing(again, 'publish');
});

const SDP = 'v=0\r\n';
test('a new leg begins with everything sent: the publish of the former one is not told again', async () => {
  const { room, people: [ada] } = await call('Ada', 'Ben');
  control.say(IPC.PUBLISH, to(room, ada), publish([1, 1, 0]));
  await ada.next('publish');
  const offer = async (client, new_leg) => {
    const reply = client.request({ type: 'offer', epoch: 0, new_leg, sdp: SDP, sources: [] });
    const { request } = await control.heard(IPC.OFFER, ada.id);
    control.say(IPC.ANSWER, { ...to(room, ada), request }, Buffer.from(SDP));
    assert.equal((await reply).type, 'answer');
    client.drop();
    return Object.assign(await resume(ada), { id: ada.id });
  };
  const same = await offer(ada, false);
  assert.equal((await same.next('publish')).sources[0].layers[1], false);
  await nothing(await offer(same, true), 'publish');
});

test('control is replaced: what the worker repeats reaches those who resume', async () => {
  const { room, people: [ada, ben] } = await call('Ada', 'Ben');
  control.repeats.set(ada.id, [
    [IPC.SEATS, to(room, ada), seats(seat(ben.id, { paused: 2 }))],
    [IPC.PUBLISH, to(room, ada), publish([1, 3, 2])],
  ]);
  control.killControl();
  await Promise.all([ada.closed, ben.closed]);
  const again = await resumeSoon(ada);
  assert.equal(again.reply.resumed, true);
  assert.equal((await again.next('seats')).seats[0].paused, 'hidden');
  assert.deepEqual((await again.next('publish')).sources[0].layers, [true, true, false]);
  control.repeats.clear();
});

// ---- quality ----

test('quality: scores of everybody to all, figures to oneself', async () => {
  const { room, people: [ada, ben, cleo] } = await call('Ada', 'Ben', 'Cleo');
  control.say(IPC.QUALITY, { room }, qualities(
    quality(ada.id, { down: 2000, sent: 1500, up: 900, downLoss: 30, upLoss: 1000, rtt: 80, score: 3, reason: 1 }),
    quality(ben.id, { sent: 4_294_967_295, score: 0, reason: 4 }), quality(ABSENT)));
  const participants = [{ participant_id: ada.id, score: 3, reason: 'loss' }, { participant_id: ben.id, score: 0, reason: 'no_feedback' }];
  assert.deepEqual(await ada.next('quality'), {
    type: 'quality', participants, own: { down_kbps: 2000, sent_kbps: 1500, down_loss_permille: 30, rtt_ms: 80, up_kbps: 900, up_loss_permille: 1000 },
  });
  assert.deepEqual(await ben.next('quality'), {
    type: 'quality', participants, own: { down_kbps: null, sent_kbps: 4_294_967_295, down_loss_permille: 0, rtt_ms: null, up_kbps: 0, up_loss_permille: 0 },
  });
  assert.deepEqual(await cleo.next('quality'), { type: 'quality', participants, own: null });
  for (const [reason, word] of ['fine', 'loss', 'bandwidth', 'delay', 'no_feedback', 'sender'].entries()) {
    control.say(IPC.QUALITY, { room }, qualities(quality(ada.id, { reason })));
    assert.equal((await ada.next('quality')).participants[0].reason, word);
  }
});

test('quality of a large room: who can be seen to all who follow, figures to oneself', async () => {
  const { room, people: [ada, ben, cleo] } = await call('Ada', 'Ben', 'Cleo');
  const PART = 0x8000;
  control.say(IPC.QUALITY, { room, flags: PART | 1 }, qualities(quality(ada.id, { score: 2, reason: 1 }), quality(ben.id, { up: 7 })));
  const { participants, own } = await ben.next('quality');
  assert.deepEqual(participants, [{ participant_id: ada.id, score: 2, reason: 'loss' }]);
  assert.equal(own.up_kbps, 7);
  control.say(IPC.QUALITY, { room, flags: PART | 1 }, qualities(quality(ada.id, { score: 2, reason: 1 }), quality(ada.id, { up: 8 })));
  assert.equal((await ada.next('quality')).own.up_kbps, 8);
  control.say(IPC.QUALITY, { room, flags: PART | 3 }, qualities(quality(ada.id), quality(ben.id)));
  await sleep(50);
  for (const person of [ada, ben, cleo]) await nothing(person, 'quality');
});

test('quality: not while two talk directly', async () => {
  const room_id = await control.createRoom();
  const ada = await join(control, room_id);
  await join(control, room_id);
  const { room } = await control.heard(IPC.PARTICIPANT_ADD, ada.id);
  control.say(IPC.QUALITY, { room }, qualities(quality(ada.id)));
  await sleep(50);
  await nothing(ada, 'quality');
});

// ---- a worker that is not itself ----

test('messages that no worker should send are dropped and counted; the calls do not notice', async () => {
  const { room, people: [ada, ben] } = await call('Ada', 'Ben');
  const malformed = async () => await control.metric('parley_control_ipc_malformed_total') + await control.metric('parley_control_ipc_dropped_total');
  const bad = [
    [IPC.SEATS, seats(seat(ben.id, { paused: 4 }))], [IPC.SEATS, seats(seat(ben.id, { group: 2 }))], [IPC.SEATS, seats(seat(ben.id)).subarray(0, 12)],
    [IPC.PUBLISH, publish([1, 8, 0])], [IPC.PUBLISH, publish([4, 1, 0])], [IPC.PUBLISH, publish([1, 1, 4])], [IPC.PUBLISH, bytes(u16(5))], [IPC.PUBLISH, Buffer.alloc(0)],
    [IPC.QUALITY, qualities(quality(ada.id, { score: 5 }))], [IPC.QUALITY, qualities(quality(ada.id, { reason: 6 }))], [IPC.QUALITY, qualities(quality(ada.id, { upLoss: 1001 }))],
    [IPC.QUALITY, bytes(u16(65))], [IPC.QUALITY, Buffer.concat([qualities(quality(ada.id)), Buffer.from([0])])],
    [IPC.TIMELINE, bytes(u8(0), u64(0), u16(0))],
  ];
  for (const [type, payload] of bad) {
    const before = await malformed();
    control.say(type, to(room, ada), payload);
    while (await malformed() === before) await sleep(10);
    assert.equal(await malformed(), before + 1, `${type} ${payload.toString('hex')}`);
  }
  control.say(IPC.PUBLISH, { room, participant: ABSENT }, publish([1, 1, 0]));
  control.say(IPC.QUALITY, { room: 'abc' }, qualities(quality(ada.id)));
  for (const type of ['seats', 'publish', 'quality']) await nothing(ada, type);
  control.say(IPC.SEATS, to(room, ada), seats(seat(ben.id)));
  await ada.next('seats');
  assert.equal((await ben.request({ type: 'ping' })).type, 'pong');
});

// ---- timeline ----

const entry = ({ number, at = 1_700_000_000_123n, who = ABSENT, about = '0', source = 255, a = 0, b = 0, what, why = 'none' }) =>
  [u64(number), u64(at), id(who), id(about), u8(source), u32(a), u32(b), what, why];
const timeline = ({ more = 0, after = 0 }, ...entries) => bytes(u8(more), u64(after), u16(entries.length), ...entries.map(entry));

const get = async (room_id, token, query = '') => documented('get', '/rooms/{room_id}/timeline',
  await fetch(`${control.origin}/rooms/${room_id}/timeline${query}`, { headers: { authorization: `Bearer ${token}` } }));

// Asks, and has the worker answer with this payload.
// Control waits for its worker for a second, in which a busy machine may not get to this one: then it is asked again.
async function ask({ room_id, room }, token, query, payload) {
  for (let tries = 1; ; tries++) {
    const answer = get(room_id, token, query);
    const { request, payload: asked, room: of } = await control.heard(IPC.TIMELINE_REQUEST);
    assert.equal(of, room);
    control.say(IPC.TIMELINE, { room, request }, payload);
    const reply = await answer;
    if (reply.code !== 'media_unavailable' || tries === 5) return { ...reply, asked: { after: asked.readBigUInt64BE(0), max: asked.readUInt16BE(8) } };
  }
}

test('timeline: entries in words, pages', async () => {
  const here = await call('Ada', 'Ben');
  const [ada, ben] = here.people;
  const first = await ask(here, ada.token, '', timeline({ more: 1 },
    { number: 3, who: ada.id, about: ben.id, source: 1, what: 'layer', why: 'budget', a: 0x0302, b: 0x0000 },
    { number: 4, who: '0', about: ben.id, what: 'speaker', why: 'louder' },
    { number: 9, who: ben.id, source: 1, what: 'publish', why: 'unwatched', a: 7, b: 1 },
    { number: 10, who: ada.id, what: 'estimate', why: 'delay', a: 2500, b: 4_294_967_295 },
    { number: 11, who: ada.id, source: 3, what: 'brand_new', why: 'so_it_is', a: 1, b: 2 }));
  assert.deepEqual(first.asked, { after: 0n, max: 200 });
  const { asked: _, ...page } = first;
  const at_ms = 1_700_000_000_123;
  assert.deepEqual(page, {
    room_id: here.room_id, next: 11, more: true,
    entries: [
      { number: 3, at_ms, participant_id: ada.id, about: ben.id, source: 'camera', what: 'layer', why: 'budget', values: { before_spatial: 2, before_temporal: 2, after_spatial: -1, after_temporal: 0 } },
      { number: 4, at_ms, participant_id: null, about: ben.id, source: null, what: 'speaker', why: 'louder', values: {} },
      { number: 9, at_ms, participant_id: ben.id, about: null, source: 'camera', what: 'publish', why: 'unwatched', values: { before_layers: 7, after_layers: 1 } },
      { number: 10, at_ms, participant_id: ada.id, about: null, source: null, what: 'estimate', why: 'delay', values: { before_kbps: 2500, after_kbps: 4_294_967_295 } },
      { number: 11, at_ms, participant_id: ada.id, about: null, source: 'screen-audio', what: 'brand_new', why: 'so_it_is', values: { a: 1, b: 2 } },
    ],
  });
  const next = await ask(here, ben.token, `?limit=500&after=${first.next}`, timeline({ after: 11 }));
  assert.deepEqual(next.asked, { after: 11n, max: 500 });
  assert.deepEqual([next.entries, next.next, next.more], [[], 11, false]);
  const begun = await ask(here, ben.token, '?after=11', timeline({ after: 0 }, { number: 1, what: 'leg', b: 1 }));
  assert.equal(begun.next, 1);    // another worker's log
  const full = Array.from({ length: 500 }, (_, i) => ({ number: i + 1, what: 'w'.repeat(23), why: 'y'.repeat(23), who: ada.id, about: ben.id, a: 4_294_967_295, b: 4_294_967_295 }));
  assert.equal((await ask(here, ada.token, '?limit=500', timeline({}, ...full))).entries.length, 500);
});

const base64 = (value) => Buffer.from(value).toString('base64url');
function sign(claims) {
  const key = createHmac('sha256', SECRET).update('parley join token').digest();
  const text = `${base64('{"alg":"HS256","typ":"JWT"}')}.${base64(JSON.stringify(claims))}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

test('timeline: a token past its time is good while its participant is in the room', async () => {
  const here = await call('Ada', 'Ben');
  const [ada, ben] = here.people;
  const claims = JSON.parse(Buffer.from(ada.token.split('.')[1], 'base64url'));
  const old = sign({ ...claims, exp: Math.floor(Date.now() / 1000) - 3600 });
  assert.equal((await ask(here, old, '', timeline({}))).next, 0);
  assert.equal((await get(here.room_id, sign({ ...claims, sub: ABSENT, exp: 1 }))).code, 'unauthorized');
  assert.equal((await get(here.room_id, sign({ ...claims, aud: 'other' }))).code, 'unauthorized');
  await ada.ok({ type: 'leave' });
  await ben.next('participant-left');
  assert.equal((await get(here.room_id, old)).code, 'unauthorized');
  assert.equal((await ask(here, ben.token, '', timeline({}))).next, 0);
});

test('timeline: a worker that is silent, gone, late or confused', async () => {
  const here = await call('Ada', 'Ben');
  const [ada] = here.people;
  const unheard = get(here.room_id, ada.token);
  const { request } = await control.heard(IPC.TIMELINE_REQUEST);
  control.say(IPC.TIMELINE, { room: here.room, request: request + 1 }, timeline({}));
  control.say(IPC.TIMELINE, { room: 'abc', request }, timeline({}));
  control.say(IPC.TIMELINE, { room: here.room, request }, bytes(u8(0), u64(0), u16(501)));
  control.say(IPC.TIMELINE, { room: here.room, request }, timeline({}, { number: 1, what: 'Capital' }));
  control.say(IPC.TIMELINE, { room: here.room, request }, timeline({}, { number: 1, what: 'leg', source: 4 }));
  assert.equal((await unheard).code, 'media_unavailable');
  const dropped = await control.metric('parley_control_ipc_dropped_total');
  control.say(IPC.TIMELINE, { room: here.room, request }, timeline({}));    // too late
  while (await control.metric('parley_control_ipc_dropped_total') !== dropped + 1) await sleep(10);

  // Both at a time; each gets its own. And one who does not wait for it.
  const [one, two] = [get(here.room_id, ada.token, '?after=1'), get(here.room_id, ada.token, '?after=2')];
  const gone = new AbortController();
  const third = fetch(`${control.origin}/rooms/${here.room_id}/timeline?after=3`, { headers: { authorization: `Bearer ${ada.token}` }, signal: gone.signal }).catch(() => null);
  const asked = [await control.heard(IPC.TIMELINE_REQUEST), await control.heard(IPC.TIMELINE_REQUEST), await control.heard(IPC.TIMELINE_REQUEST)];
  gone.abort();
  await third;
  await sleep(50);
  for (const { request: of, payload } of asked.reverse()) control.say(IPC.TIMELINE, { room: here.room, request: of }, timeline({ after: payload.readBigUInt64BE(0) }));
  assert.deepEqual([(await one).next, (await two).next], [1, 2]);
  assert.equal((await ada.request({ type: 'ping' })).type, 'pong');
});

test('timeline: too many at a time are refused, the others are answered', async () => {
  const here = await call('Ada', 'Ben');
  const [ada] = here.people;
  let codes = [];
  for (let tries = 0; tries < 5 && codes.filter((code) => code === 'ok').length < 64; tries++) {      // as above
    const answers = Array.from({ length: 80 }, () => get(here.room_id, ada.token));
    const asked = [];
    while (asked.length < 64) asked.push(await control.heard(IPC.TIMELINE_REQUEST));
    for (const { request } of asked) control.say(IPC.TIMELINE, { room: here.room, request }, timeline({}));
    codes = (await Promise.all(answers)).map((answer) => answer.code ?? 'ok');
  }
  assert.equal(codes.filter((code) => code === 'ok').length, 64);
  assert.equal(codes.filter((code) => code === 'media_unavailable').length, 16);
});
