import type { Area } from '../core/layout';
import { layoutStage } from '../core/layout';
import type { TileModel } from '../core/tiles';
import { useView } from '../hooks/use-view';
import { AnyTile } from './AnyTile';
import css from './Grid.module.css';

/** One large picture, the others small beside it. */
export function Stage({ stage, tiles, area }: { stage: TileModel; tiles: readonly TileModel[]; area: Area }) {
  const others = tiles.filter((tile) => tile.key !== stage.key);
  const { strip, stripTile, stripCount } = layoutStage(area, others.length);
  const shown = others.slice(0, stripCount);
  useView([stage, ...shown], tiles);
  return (
    <div className={css['stage']} data-strip={strip} data-testid="stage">
      <div className={css['main']}>
        <AnyTile tile={stage} />
      </div>
      {shown.length > 0 ? (
        <div className={css['strip']} data-testid="strip">
          {shown.map((tile) => (
            <div key={tile.key} style={stripTile}>
              <AnyTile tile={tile} />
            </div>
          ))}
        </div>
      ) : null}
    </div>
  );
}
