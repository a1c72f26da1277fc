import { useStore } from 'zustand';
import type { AppState, CallState } from '../core/store';
import { store } from '../core/store';

export function useApp<T>(select: (state: AppState) => T): T {
  return useStore(store, select);
}

/** For components that exist only during a call; `otherwise` covers the moment of its end. */
export function useCall<T>(select: (call: CallState) => T, otherwise: T): T {
  return useStore(store, ({ call }) => (call ? select(call) : otherwise));
}
