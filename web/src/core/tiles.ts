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
  /** Everyone, shared screens first, oneself last. */
  tiles: readonly TileModel[];
  self: TileModel;
}

export function sceneOf({ participants, selfId, pinned }: Pick<CallState, 'participants' | 'selfId' | 'pinned'>): Scene {
  const others = Object.values(participants).sort((a, b) => a.order - b.order);
  const screens = others.filter((p) => p.sources.screen).map((p) => tileOf(p.participant_id, 'screen'));
  const cameras = others.map((p) => tileOf(p.participant_id, 'camera'));
  const self = tileOf(selfId, 'camera', true);
  const tiles = [...screens, ...cameras, self];
  const stage = tiles.find((tile) => tile.key === pinned) ?? screens.at(-1) ?? null;
  return { stage, tiles, self };
}
