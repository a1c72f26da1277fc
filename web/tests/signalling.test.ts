import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Signalling, SignallingError } from '../src/core/signalling';
import { FakeSocket, joinedMessage } from './fakes';

const renewToken = vi.fn(() => Promise.resolve('fresh'));
const newSignalling = (): Signalling => new Signalling({ url: 'ws://test/ws', token: 'token', name: 'Ada', renewToken });

async function join(signalling: Signalling): Promise<void> {
  const joining = signalling.join();
  FakeSocket.last.open();
  await vi.advanceTimersByTimeAsync(0);
  FakeSocket.last.reply('join', joinedMessage());
  await joining;
}

/** Opens the socket of the next attempt to resume. */
async function nextAttempt(): Promise<FakeSocket> {
  const before = FakeSocket.sockets.length;
  for (let ms = 0; FakeSocket.sockets.length === before && ms < 10_000; ms += 50) await vi.advanceTimersByTimeAsync(50);
  FakeSocket.last.open();
  await vi.advanceTimersByTimeAsync(0);
  return FakeSocket.last;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeSocket);
  FakeSocket.sockets = [];
  renewToken.mockClear();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('Signalling', () => {
  it('makes a socket anew that does not answer at once when it is doubted, and keeps one that does', async () => {
    const signalling = newSignalling();
    const lost = vi.fn();
    signalling.on('lost', lost);
    await join(signalling);
    signalling.verify();
    FakeSocket.last.reply('ping', { type: 'ok' });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(lost).not.toHaveBeenCalled();
    signalling.verify();
    await vi.advanceTimersByTimeAsync(299);
    expect(FakeSocket.sockets.length).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect([lost.mock.calls.length, FakeSocket.sockets.length]).toEqual([1, 2]);
  });

  it('joins with the subprotocol, token and name', async () => {
    const signalling = newSignalling();
    await join(signalling);
    expect(FakeSocket.last.protocol).toBe('parley.v1');
    expect(FakeSocket.last.sent[0]).toMatchObject({ type: 'join', token: 'token', name: 'Ada' });
    expect(signalling.isOpen).toBe(true);
  });

  it('rejects a join that the server refuses', async () => {
    const joining = newSignalling().join();
    FakeSocket.last.open();
    await vi.advanceTimersByTimeAsync(0);
    FakeSocket.last.reply('join', { type: 'error', code: 'room_full', message: 'full' });
    await expect(joining).rejects.toMatchObject({ code: 'room_full' });
  });

  it('waits in the lobby for as long as it takes, and asks whether the socket still stands', async () => {
    const signalling = newSignalling();
    const joining = signalling.join();
    FakeSocket.last.open();
    await vi.advanceTimersByTimeAsync(0);
    FakeSocket.last.receive({ type: 'waiting' });
    for (let s = 0; s < 60; s += 10) {
      await vi.advanceTimersByTimeAsync(10_000);
      FakeSocket.last.reply('ping', { type: 'pong' });
    }
    FakeSocket.last.reply('join', joinedMessage());
    expect((await joining).type).toBe('joined');
  });

  it('leaves the lobby when its socket is dead', async () => {
    const joining = newSignalling().join();
    FakeSocket.last.open();
    await vi.advanceTimersByTimeAsync(0);
    FakeSocket.last.receive({ type: 'waiting' });
    const outcome = expect(joining).rejects.toMatchObject({ code: 'lost' });
    await vi.advanceTimersByTimeAsync(15_000);
    await outcome;
  });

  it('leaves the lobby by itself', async () => {
    const signalling = newSignalling();
    const joining = signalling.join();
    FakeSocket.last.open();
    await vi.advanceTimersByTimeAsync(0);
    FakeSocket.last.receive({ type: 'waiting' });
    const outcome = expect(joining).rejects.toMatchObject({ code: 'lost' });
    const leaving = signalling.leave();
    FakeSocket.last.reply('leave', { type: 'error', code: 'not_joined', message: 'wait' });
    await leaving;
    await outcome;
    expect(FakeSocket.last.readyState).toBe(3);
  });

  it('rejects a join when nobody answers', async () => {
    const joining = newSignalling().join();
    FakeSocket.last.fail();
    await expect(joining).rejects.toBeInstanceOf(SignallingError);
  });

  it('gives each request its own reply, whatever the order', async () => {
    const signalling = newSignalling();
    await join(signalling);
    const first = signalling.request({ type: 'chat', text: 'one' });
    const second = signalling.request({ type: 'chat', text: 'two' });
    const [, one, two] = FakeSocket.last.sent;
    FakeSocket.last.receive({ type: 'ok', id: two?.['id'], message_id: 2 });
    FakeSocket.last.receive({ type: 'ok', id: one?.['id'], message_id: 1 });
    expect([await first, await second]).toMatchObject([{ message_id: 1 }, { message_id: 2 }]);
  });

  it('gives up a request after ten seconds', async () => {
    const signalling = newSignalling();
    await join(signalling);
    const request = signalling.request({ type: 'chat', text: 'one' });
    const outcome = expect(request).rejects.toMatchObject({ code: 'timeout' });
    // Replies to pings keep the socket itself alive.
    await vi.advanceTimersByTimeAsync(10_000);
    await outcome;
  });

  it('passes notifications on and drops what it cannot read', async () => {
    const signalling = newSignalling();
    await join(signalling);
    const heard = vi.fn();
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    signalling.on('notification', heard);
    FakeSocket.last.receive({ type: 'seats', seats: [] });
    FakeSocket.last.receive({ type: 'seats', seats: 'none' });
    expect(heard.mock.calls).toEqual([[{ type: 'seats', seats: [] }]]);
    expect(warn).toHaveBeenCalledOnce();
  });

  it('resumes after a lost socket, with the session of the join', async () => {
    const signalling = newSignalling();
    await join(signalling);
    const events: string[] = [];
    signalling.on('lost', () => events.push('lost'));
    signalling.on('resumed', () => events.push('resumed'));
    const pending = signalling.request({ type: 'chat', text: 'x' });
    const outcome = expect(pending).rejects.toMatchObject({ code: 'lost' });
    FakeSocket.last.fail();
    await outcome;
    expect(signalling.isOpen).toBe(false);
    const socket = await nextAttempt();
    expect(socket.sent[0]).toMatchObject({ type: 'resume', session: 's'.repeat(32) });
    socket.reply('resume', joinedMessage({ resumed: true }));
    await vi.advanceTimersByTimeAsync(0);
    expect(events).toEqual(['lost', 'resumed']);
  });

  it('waits longer after each failed attempt and ends when the place is gone', async () => {
    const signalling = newSignalling();
    await join(signalling);
    const ended = vi.fn();
    signalling.on('ended', ended);
    FakeSocket.last.fail();
    for (let ms = 0; ms < 40_000 && ended.mock.calls.length === 0; ms += 100) {
      await vi.advanceTimersByTimeAsync(100);
      if (FakeSocket.last.readyState === 0) FakeSocket.last.fail();
    }
    expect(ended).toHaveBeenCalledWith('expired');
    expect(FakeSocket.sockets.length).toBeGreaterThan(5);
    expect(FakeSocket.sockets.length).toBeLessThan(25);
  });

  it('ends at once when the server says that the session expired', async () => {
    const signalling = newSignalling();
    await join(signalling);
    const ended = vi.fn();
    signalling.on('ended', ended);
    FakeSocket.last.fail();
    const socket = await nextAttempt();
    socket.reply('resume', { type: 'error', code: 'session_expired', message: 'gone' });
    await vi.advanceTimersByTimeAsync(0);
    expect(ended).toHaveBeenCalledWith('expired');
  });

  it('fetches another token when the first ran out', async () => {
    const signalling = newSignalling();
    await join(signalling);
    FakeSocket.last.fail();
    const socket = await nextAttempt();
    socket.reply('resume', { type: 'error', code: 'bad_token', message: 'old' });
    await vi.advanceTimersByTimeAsync(0);
    expect(renewToken).toHaveBeenCalledOnce();
    expect((await nextAttempt()).sent[0]).toMatchObject({ type: 'resume', token: 'fresh' });
  });

  it.each([
    [4403, 'removed'],
    [4409, 'replaced'],
    [4410, 'room-closed'],
  ])('does not resume after close code %i', async (code, why) => {
    const signalling = newSignalling();
    await join(signalling);
    const ended = vi.fn();
    signalling.on('ended', ended);
    FakeSocket.last.fail(code);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ended.mock.calls).toEqual([[why]]);
    expect(FakeSocket.sockets).toHaveLength(1);
  });

  it('ends when a host removed oneself', async () => {
    const signalling = newSignalling();
    await join(signalling);
    const ended = vi.fn();
    signalling.on('ended', ended);
    FakeSocket.last.receive({ type: 'closing', reason: 'removed' });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ended.mock.calls).toEqual([['removed']]);
    expect(FakeSocket.sockets).toHaveLength(1);
  });

  it('notices a dead socket by the missing pong', async () => {
    const signalling = newSignalling();
    await join(signalling);
    const lost = vi.fn();
    signalling.on('lost', lost);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(lost).toHaveBeenCalledOnce();
  });

  it('leaves for good', async () => {
    const signalling = newSignalling();
    await join(signalling);
    const ended = vi.fn();
    signalling.on('ended', ended);
    const leaving = signalling.leave();
    FakeSocket.last.reply('leave', { type: 'ok' });
    await leaving;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ended.mock.calls).toEqual([['left']]);
    expect(FakeSocket.sockets).toHaveLength(1);
  });
});
