// Where tiles go: the arithmetic of the grid, pure.
export interface Area {
  width: number;
  height: number;
}

export interface GridLayout {
  columns: number;
  rows: number;
  tileWidth: number;
  tileHeight: number;
}

const GAP_PX = 8;
/** Faces survive a crop to this; beyond it a tile would rather leave space. */
const WIDEST = 16 / 9;
const NARROWEST_LANDSCAPE = 4 / 3;
const NARROWEST_PORTRAIT = 3 / 4;
const SMALLEST_TILE_PX = { width: 168, height: 112 };
/** As many as can have a seat; and, where everybody fits on one page, oneself. */
const MOST_PER_PAGE = 24;

function fitTile(area: Area, columns: number, rows: number): GridLayout {
  const cellWidth = (area.width - GAP_PX * (columns - 1)) / columns;
  const cellHeight = (area.height - GAP_PX * (rows - 1)) / rows;
  const narrowest = area.width < area.height ? NARROWEST_PORTRAIT : NARROWEST_LANDSCAPE;
  const aspect = Math.min(WIDEST, Math.max(narrowest, cellWidth / cellHeight));
  const tileWidth = Math.max(0, Math.min(cellWidth, cellHeight * aspect));
  return { columns, rows, tileWidth: Math.floor(tileWidth), tileHeight: Math.floor(tileWidth / aspect) };
}

/** The rows and columns that give `count` tiles the most area; of equals, the fuller last row. */
export function layoutGrid(area: Area, count: number): GridLayout {
  let best = fitTile(area, 1, Math.max(1, count));
  let bestScore = -1;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const layout = fitTile(area, columns, rows);
    const emptyCells = columns * rows - count;
    const score = layout.tileWidth * layout.tileHeight * (1 - 0.02 * emptyCells);
    if (score > bestScore) [best, bestScore] = [layout, score];
  }
  return best;
}

/** How many tiles a page of the grid holds without falling below a size at which faces can be told apart. */
export function tilesPerPage(area: Area, count: number): number {
  const most = count <= MOST_PER_PAGE + 1 ? count : MOST_PER_PAGE;
  for (let size = most; size > 1; size -= 1) {
    const { tileWidth, tileHeight } = layoutGrid(area, size);
    if (tileWidth >= SMALLEST_TILE_PX.width && tileHeight >= SMALLEST_TILE_PX.height) return size;
  }
  return 1;
}

export interface Paged<T> {
  items: readonly T[];
  page: number;
  pages: number;
}

export function pageOf<T>(items: readonly T[], perPage: number, page: number): Paged<T> {
  const pages = Math.max(1, Math.ceil(items.length / perPage));
  const shown = Math.min(Math.max(0, page), pages - 1);
  return { items: items.slice(shown * perPage, (shown + 1) * perPage), page: shown, pages };
}

export interface StageLayout {
  /** Where the strip of small tiles lies. */
  strip: 'right' | 'bottom';
  stripTile: { width: number; height: number };
  stripCount: number;
}

/** A large stage and a strip that holds as many small tiles as fit. */
export function layoutStage(area: Area, others: number): StageLayout {
  if (area.width >= area.height) {
    const width = Math.round(Math.min(240, Math.max(120, area.width * 0.18)));
    const height = Math.round((width * 9) / 16);
    const fits = Math.max(1, Math.floor((area.height + GAP_PX) / (height + GAP_PX)));
    return { strip: 'right', stripTile: { width, height }, stripCount: Math.min(others, fits) };
  }
  const height = 96;
  const width = 128;
  const fits = Math.max(1, Math.floor((area.width + GAP_PX) / (width + GAP_PX)));
  return { strip: 'bottom', stripTile: { width, height }, stripCount: Math.min(others, fits) };
}
