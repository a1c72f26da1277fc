// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { doorOf, enterRoom, NO_WISH } from '../src/core/entry';
import { forgetHostKey, hostKeyOf, keepHostKey, readHostKeys } from '../src/core/host-keys';
import { passOf, takePass } from '../src/core/passes';
import { RestError } from '../src/core/rest';
import { joinedMessage } from './fakes';

const ROOM = 'babab-dafil-gosiv-lutok';
const OTHER = 'babab-dafil-gosiv-lutom';
const { room } = joinedMessage();
const ticket = { ws_url: 'ws://test/ws', token: 't', role: 'host', ice_servers: [], room, participants: [] };

let answers: { status: number; body: object }[];
let asked: unknown[];

const answer = (status: number, body: object): void => void answers.push({ status, body });
const refusal = (code: string): object => ({ type: 'about:blank', title: '', status: 403, detail: '', code });

beforeEach(() => {
  [answers, asked] = [[], []];
  window.localStorage.clear();
  window.sessionStorage.clear();
  vi.stubGlobal('fetch', (_path: string, { body }: { body: string }) => {
    asked.push(JSON.parse(body));
    const { status = 500, body: reply = {} } = answers.shift() ?? {};
    return Promise.resolve(new Response(JSON.stringify(reply), { status }));
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe('host keys', () => {
  it('are kept by room, a new one in the place of the old', () => {
    keepHostKey(ROOM, 'one');
    keepHostKey(OTHER, 'two');
    keepHostKey(ROOM, 'three');
    expect([hostKeyOf(ROOM), hostKeyOf(OTHER)]).toEqual(['three', 'two']);
    forgetHostKey(ROOM);
    expect([hostKeyOf(ROOM), hostKeyOf(OTHER)]).toEqual([null, 'two']);
  });
  it('are fifty at most, the newest', () => {
    for (let i = 0; i < 60; i += 1) keepHostKey(`room-${i}`, `key-${i}`);
    expect([hostKeyOf('room-9'), hostKeyOf('room-10'), hostKeyOf('room-59')]).toEqual([null, 'key-10', 'key-59']);
  });
  it('are good for this visit where nothing can be stored', () => {
    const full = vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('', 'QuotaExceededError');
    });
    keepHostKey(ROOM, 'key');
    expect(hostKeyOf(ROOM)).toBe('key');
    full.mockRestore();
    forgetHostKey(ROOM);
    expect(hostKeyOf(ROOM)).toBeNull();
  });
  it.each([null, '', '{', '7', '{}', '[7,["x"],["x",7],["a","b","c"]]'])('are none in %s', (text) => expect(readHostKeys(text)).toEqual([]));
});

describe('enterRoom', () => {
  it('shows nothing that there is not', async () => {
    answer(200, { ...ticket, role: 'participant' });
    expect((await enterRoom(ROOM, NO_WISH)).role).toBe('participant');
    expect(asked).toEqual([{}]);
  });
  it('shows the host key that this device keeps, but not to watch', async () => {
    keepHostKey(ROOM, 'key');
    answer(200, ticket);
    answer(200, { ...ticket, role: 'viewer' });
    expect((await enterRoom(ROOM, NO_WISH)).role).toBe('host');
    expect((await enterRoom(ROOM, { password: '', watch: true })).role).toBe('viewer');
    expect(asked).toEqual([{ host_key: 'key' }, { role: 'viewer' }]);
  });
  it('takes a password as every keyboard writes it', async () => {
    answer(200, ticket);
    await enterRoom(ROOM, { password: 'Ku\u0308mmel', watch: false });
    expect(asked).toEqual([{ password: 'K\u00fcmmel' }]);
  });
  it('shows the pass of the address and nothing else', async () => {
    keepHostKey(OTHER, 'key');
    expect([takePass(OTHER, ''), takePass(OTHER, '#other=1'), passOf(OTHER)]).toEqual([false, false, null]);
    expect(takePass(OTHER, '#pass=a.b.c')).toBe(true);
    answer(200, { ...ticket, role: 'participant', name: 'Grace' });
    expect(await enterRoom(OTHER, { password: 'x', watch: true })).toMatchObject({ role: 'participant', name: 'Grace' });
    expect(asked).toEqual([{ pass: 'a.b.c' }]);
    expect(passOf(ROOM)).toBeNull();
  });
  it('forgets a pass that is not good any more', async () => {
    takePass(ROOM, '#pass=old');
    answer(403, refusal('wrong_pass'));
    await expect(enterRoom(ROOM, NO_WISH)).rejects.toMatchObject({ failure: 'wrong_pass' });
    expect(passOf(ROOM)).toBeNull();
  });
  it('forgets a key that does not fit, and comes as everybody else', async () => {
    keepHostKey(ROOM, 'old');
    answer(403, refusal('wrong_host_key'));
    answer(200, { ...ticket, role: 'participant' });
    expect((await enterRoom(ROOM, NO_WISH)).role).toBe('participant');
    expect(asked).toEqual([{ host_key: 'old' }, {}]);
    expect(hostKeyOf(ROOM)).toBeNull();
  });
  it.each([
    ['room_locked', 'room_locked'],
    ['password_required', 'password_required'],
    ['wrong_password', 'wrong_password'],
    ['wrong_pass', 'wrong_pass'],
    ['origin_refused', 'bad_input'],
  ])('tells a 403 by its code: %s', async (code, failure) => {
    answer(403, refusal(code));
    await expect(enterRoom(ROOM, NO_WISH)).rejects.toMatchObject({ failure });
  });
});

describe('doorOf', () => {
  const tried = { password: 'x', watch: false };
  it.each([
    [new RestError('password_required'), NO_WISH, 'password_required'],
    [new RestError('wrong_password'), tried, 'wrong_password'],
    [new RestError('too_many'), tried, 'too_many_tries'],
    [new RestError('too_many'), NO_WISH, null],
    [new RestError('room_locked'), tried, null],
    [new Error('x'), tried, null],
  ])('%s %o is %s', (error, wish, door) => expect(doorOf(error, wish)).toBe(door));
});
