// Away for longer than the server kept the place (a laptop that slept, a network that was gone): in again, unasked.
import type { RestFailure } from './rest';
import { RestError } from './rest';
import { SignallingError } from './signalling';

const RETRY_MS = [0, 1000, 2000, 5000, 10_000] as const;
/** After that somebody has to want it. */
const GIVE_UP_MS = 10 * 60_000;

const PASSING: ReadonlySet<RestFailure | SignallingError['code']> = new Set([
  'unreachable', 'unavailable', 'overloaded', 'draining', 'too_many', 'lost', 'timeout',
] as const);

const isPassing = (error: unknown): boolean =>
  (error instanceof RestError && PASSING.has(error.failure)) || (error instanceof SignallingError && PASSING.has(error.code));

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Tries until it is in, or nobody wants it any more: null; else why it cannot be. */
export async function comeBack(enter: () => Promise<void>, isWanted: () => boolean): Promise<unknown> {
  const end_ms = performance.now() + GIVE_UP_MS;
  for (let attempt = 0; ; attempt++) {
    await sleep(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] ?? 0);
    if (!isWanted()) return null;
    const error: unknown = await enter().then(
      () => null,
      (why: unknown) => why,
    );
    if (error === null || !isWanted()) return null;
    if (!isPassing(error) || performance.now() > end_ms) return error;
  }
}
