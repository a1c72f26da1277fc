// window.parley: read-only insight for browser tests and for people who report a problem.
import type { App } from './app';
import type { Seat } from './protocol';
import type { LegDigest } from './stats';
import { digestLeg } from './stats';
import type { SwitchRecord } from './leg-switch';
import type { AppState, Store } from './store';

export interface ParleyDebug {
  readonly version: 1;
  getState(): AppState;
  /** One digest per leg, the one in use first. */
  stats(): Promise<LegDigest[]>;
  legs(): { kind: string; epoch: number; role: 'current' | 'next'; state: string; pc: RTCPeerConnection }[];
  seats(): readonly Seat[];
  switches(): readonly SwitchRecord[];
  readonly timings: { readonly joinClickedAt_ms: number; readonly joinedAt_ms: number };
  /** Fault injection: closes the socket as a network failure would; the page resumes by itself. */
  dropSocket(): void;
}

declare global {
  interface Window {
    parley?: ParleyDebug;
  }
}

export function installDebug(app: App, store: Store): void {
  const legSwitch = () => app.call?.media?.legs ?? null;
  const debug: ParleyDebug = {
    version: 1,
    getState: () => store.getState(),
    stats: () => Promise.all((legSwitch()?.legs ?? []).map(digestLeg)),
    legs: () => {
      const legs = legSwitch();
      return (legs?.legs ?? []).map((leg) => ({
        kind: leg.kind,
        epoch: leg.epoch,
        role: leg === legs?.next ? ('next' as const) : ('current' as const),
        state: leg.state,
        pc: leg.pc,
      }));
    },
    seats: () => app.call?.media?.seats ?? [],
    switches: () => legSwitch()?.records ?? [],
    timings: app.timings,
    dropSocket: () => app.call?.signalling.dropSocket(),
  };
  window.parley = Object.freeze(debug);
}
