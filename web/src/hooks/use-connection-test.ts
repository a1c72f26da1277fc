import { useEffect, useState } from 'react';
import { app } from '../core/app';
import type { WayStates } from '../core/connection-test';
import { ALL_TESTING, testConnection } from '../core/connection-test';

export interface ConnectionTest {
  states: WayStates;
  /** The servers to try could not be asked for. */
  failed: boolean;
}

/** Runs as long as the component is there; anew for each run number. */
export function useConnectionTest(run: number): ConnectionTest {
  const [test, setTest] = useState<ConnectionTest & { run: number }>({ run, states: ALL_TESTING, failed: false });
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const tell = (change: (before: ConnectionTest) => ConnectionTest): void =>
      setTest((before) => ({ ...change(before.run === run ? before : { states: ALL_TESTING, failed: false }), run }));
    const start = async (): Promise<void> => {
      const servers = await app().iceServers();
      await testConnection(servers, {
        signal,
        onState: (way, state) => tell((before) => ({ ...before, states: { ...before.states, [way]: state } })),
      });
    };
    void start().catch(() => {
      if (!signal.aborted) tell((before) => ({ ...before, failed: true }));
    });
    return () => abort.abort();
  }, [run]);
  return test.run === run ? test : { states: ALL_TESTING, failed: false };
}
