import { useEffect } from 'react';
import { app } from '../core/app';
import type { TileModel } from '../core/tiles';

/** Tells the server whom this layout shows, most wanted first. */
export function useView(tiles: readonly TileModel[]): void {
  const keys = tiles.filter((tile) => !tile.isSelf).map((tile) => tile.key);
  const text = keys.join(' ');
  useEffect(() => {
    app().call?.setView(text === '' ? [] : (text.split(' ') as typeof keys));
  }, [text]);
}
