import type { TileModel } from '../core/tiles';
import { useView } from '../hooks/use-view';
import css from './Grid.module.css';
import { OwnTile } from './OwnTile';
import { RemoteTile } from './RemoteTile';

/** Two people: the other fills the window, oneself floats in the corner. */
export function Pair({ other, self }: { other: TileModel; self: TileModel }) {
  useView([other]);
  return (
    <div className={css['area']} data-testid="grid">
      <RemoteTile tile={other} />
      <div className={css['floating']}>
        <OwnTile tile={self} canPin={false} />
      </div>
    </div>
  );
}
