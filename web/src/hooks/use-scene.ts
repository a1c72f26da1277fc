import { useMemo } from 'react';
import type { Participant } from '../core/protocol';
import type { Scene } from '../core/tiles';
import { sceneOf } from '../core/tiles';
import { useCall } from './use-app';

const NOBODY: Readonly<Record<string, Participant>> = {};

export function useScene(): Scene {
  const participants = useCall((call) => call.participants, NOBODY);
  const selfId = useCall((call) => call.selfId, '');
  const pinned = useCall((call) => call.pinned, null);
  const role = useCall((call) => call.role, 'participant');
  return useMemo(() => sceneOf({ participants, selfId, pinned, role }), [participants, selfId, pinned, role]);
}
