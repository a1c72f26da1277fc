import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { comeBack } from '../src/core/coming-back';
import { RestError } from '../src/core/rest';
import { SignallingError } from '../src/core/signalling';

/** An attempt that fails with each of these, and then succeeds. */
const failing = (...errors: Error[]) => vi.fn(() => (errors.length > 0 ? Promise.reject(errors.shift() ?? new Error()) : Promise.resolve()));
const always = (): boolean => true;

describe('comeBack', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('tries again while the server cannot be reached or has no time', async () => {
    const enter = failing(new RestError('unreachable'), new SignallingError('lost'), new RestError('overloaded'));
    const done = comeBack(enter, always);
    await vi.advanceTimersByTimeAsync(8_000);
    expect(await done).toBe(null);
    expect(enter).toHaveBeenCalledTimes(4);
  });

  it('says why when there is no way back', async () => {
    const gone = new RestError('room_not_found');
    const enter = failing(new RestError('unreachable'), gone);
    const done = comeBack(enter, always);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await done).toBe(gone);
  });

  it('stops when nobody wants it, and in the end by itself', async () => {
    const unreachable = new RestError('unreachable');
    const enter = vi.fn(() => Promise.reject(unreachable));
    const wanted = vi.fn(always);
    const done = comeBack(enter, wanted);
    await vi.advanceTimersByTimeAsync(3_000);
    wanted.mockReturnValue(false);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await done).toBe(null);
    expect(enter).toHaveBeenCalledTimes(3);
    const tired = comeBack(enter, always);
    await vi.advanceTimersByTimeAsync(11 * 60_000);
    expect(await tired).toBe(unreachable);
  });
});
