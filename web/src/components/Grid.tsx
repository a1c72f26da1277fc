import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import type { Area } from '../core/layout';
import { layoutGrid, pageOf, tilesPerPage } from '../core/layout';
import type { TileModel } from '../core/tiles';
import { useView } from '../hooks/use-view';
import { AnyTile } from './AnyTile';
import css from './Grid.module.css';

const PAGER_HEIGHT_PX = 48;

interface PagerProps {
  page: number;
  pages: number;
  onTurn: (page: number) => void;
}

function Pager({ page, pages, onTurn }: PagerProps) {
  return (
    <nav className={css['pages']} aria-label="Pages of the grid">
      <button type="button" aria-label="Previous page" disabled={page === 0} onClick={() => onTurn(page - 1)}>
        <ChevronLeft size={20} aria-hidden />
      </button>
      <span aria-live="polite">
        {page + 1} / {pages}
      </span>
      <button type="button" aria-label="Next page" disabled={page === pages - 1} onClick={() => onTurn(page + 1)}>
        <ChevronRight size={20} aria-hidden />
      </button>
    </nav>
  );
}

/** With more than one page, oneself stays on the first. */
const selfFirst = (tiles: readonly TileModel[]): TileModel[] => [
  ...tiles.filter((tile) => tile.isSelf),
  ...tiles.filter((tile) => !tile.isSelf),
];

export function Grid({ tiles, area }: { tiles: readonly TileModel[]; area: Area }) {
  const [wantedPage, setWantedPage] = useState(0);
  const fitsAll = tilesPerPage(area, tiles.length) >= tiles.length;
  const gridArea = fitsAll ? area : { ...area, height: area.height - PAGER_HEIGHT_PX };
  const perPage = tilesPerPage(gridArea, tiles.length);
  const { items, page, pages } = pageOf(fitsAll ? tiles : selfFirst(tiles), perPage, wantedPage);
  // The last page keeps the size of the others: nothing jumps.
  const { tileWidth, tileHeight } = layoutGrid(gridArea, pages > 1 ? perPage : items.length);
  useView(items, tiles);
  return (
    <>
      <div className={css['grid']} style={{ height: gridArea.height }} data-testid="grid">
        {items.map((tile) => (
          <div key={tile.key} className={css['cell']} style={{ width: tileWidth, height: tileHeight }}>
            <AnyTile tile={tile} />
          </div>
        ))}
      </div>
      {pages > 1 ? <Pager page={page} pages={pages} onTurn={setWantedPage} /> : null}
    </>
  );
}
