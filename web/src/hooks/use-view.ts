import { useEffect } from 'react';
import type { RefObject } from 'react';
import { app } from '../core/app';
import type { TileModel } from '../core/tiles';

/** Tells the server whom this layout shows, most wanted first, and who is on another page of it. */
export function useView(shown: readonly TileModel[], all: readonly TileModel[] = shown): void {
  const keys = [...new Set([...shown, ...all].filter((tile) => !tile.isSelf).map((tile) => tile.key))];
  const text = keys.join(' ');
  useEffect(() => {
    app().call?.view?.setOrder(text === '' ? [] : (text.split(' ') as typeof keys));
  }, [text]);
}

/** This element shows the tile: its size and whether it can be seen go to the server. */
export function useTileView(tile: TileModel, ref: RefObject<HTMLElement | null>, isPresent: boolean): void {
  useEffect(() => {
    const element = ref.current;
    return element && isPresent ? app().call?.view?.observe(tile.key, element) : undefined;
  }, [tile.key, ref, isPresent]);
}
