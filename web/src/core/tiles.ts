// Which tiles there are, and what the stage shows: pure.
import type { TileKey } from './leg';
import { tileKey } from './leg';
import type { CallState } from './store';
import type { Group } from './protocol';

export interface TileModel {
  key: TileKey;
  participantId: string;
  group: Group;
  isSelf: boolean;
}

const tileOf = (participantId: string, group: Group, isSelf = false): TileModel => ({
  key: tileKey(participantId, group),
  participantId,
  group,
  isSelf,
});

export interface Scene {
  /** null: a plain grid. */
  stage: TileModel | null;
  /** Everyone who is to be seen, shared screens first, oneself last. */
  tiles: readonly TileModel[];
  self: TileModel;
}

/** Whoever only watches has no tile: there is nothing to see in it. */
export function sceneOf({ participants, selfId, pinned, role }: Pick<CallState, 'participants' | 'selfId' | 'pinned' | 'role'>): Scene {
  const others = Object.values(participants).sort((a, b) => a.order - b.order);
  const screens = others.filter((p) => p.sources.screen).map((p) => tileOf(p.participant_id, 'screen'));
  const cameras = others.filter((p) => p.role !== 'viewer').map((p) => tileOf(p.participant_id, 'camera'));
  const self = tileOf(selfId, 'camera', true);
  const tiles = role === 'viewer' ? [...screens, ...cameras] : [...screens, ...cameras, self];
  const stage = tiles.find((tile) => tile.key === pinned) ?? screens.at(-1) ?? null;
  return { stage, tiles, self };
}
