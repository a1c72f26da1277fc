import { describe, expect, it } from 'vitest';
import { layoutGrid, layoutStage, pageOf, tilesPerPage } from '../src/core/layout';

const WINDOWS = [
  { width: 1264, height: 712 },
  { width: 1904, height: 992 },
  { width: 904, height: 712 },
  { width: 344, height: 660 },
  { width: 700, height: 340 },
];
const COUNTS = Array.from({ length: 50 }, (_, index) => index + 1);

describe('layoutGrid', () => {
  it.each(WINDOWS)('fits 1 to 50 tiles into $width x $height', (area) => {
    for (const count of COUNTS) {
      const { columns, rows, tileWidth, tileHeight } = layoutGrid(area, count);
      expect(columns * rows).toBeGreaterThanOrEqual(count);
      expect(columns * (rows - 1)).toBeLessThan(count);
      expect(columns * tileWidth + (columns - 1) * 8).toBeLessThanOrEqual(area.width);
      expect(rows * tileHeight + (rows - 1) * 8).toBeLessThanOrEqual(area.height);
    }
  });

  it.each(WINDOWS)('fills at least 60 % of $width x $height with any number of tiles', (area) => {
    for (const count of COUNTS.slice(1)) {
      const { tileWidth, tileHeight } = layoutGrid(area, count);
      expect((tileWidth * tileHeight * count) / (area.width * area.height)).toBeGreaterThan(0.6);
    }
  });

  it('keeps tiles between 4:3 and 16:9 on a wide window', () => {
    for (const count of COUNTS) {
      const { tileWidth, tileHeight } = layoutGrid({ width: 1264, height: 712 }, count);
      expect(tileWidth / tileHeight).toBeGreaterThan(4 / 3 - 0.05);
      expect(tileWidth / tileHeight).toBeLessThan(16 / 9 + 0.05);
    }
  });

  it.each([
    [2, 2],
    [4, 2],
    [9, 3],
    [16, 4],
    [25, 5],
  ])('puts %i tiles into %i columns of a 16:9 window', (count, columns) => {
    expect(layoutGrid({ width: 1280, height: 720 }, count).columns).toBe(columns);
  });

  it('stacks people on a phone', () => {
    expect(layoutGrid({ width: 344, height: 660 }, 3).columns).toBe(1);
  });

  it('survives a window of no size', () => {
    expect(layoutGrid({ width: 0, height: 0 }, 4)).toMatchObject({ tileWidth: 0, tileHeight: 0 });
  });
});

describe('tilesPerPage', () => {
  it('shows 25 on one page of a laptop, oneself included, and 24 a page beyond that', () => {
    expect(tilesPerPage({ width: 1264, height: 712 }, 25)).toBe(25);
    expect(tilesPerPage({ width: 1264, height: 712 }, 50)).toBe(24);
  });

  it('never makes tiles too small to see a face', () => {
    for (const area of WINDOWS) {
      const perPage = tilesPerPage(area, 50);
      const { tileWidth, tileHeight } = layoutGrid(area, perPage);
      expect(perPage).toBeGreaterThan(1);
      expect(tileWidth).toBeGreaterThanOrEqual(168);
      expect(tileHeight).toBeGreaterThanOrEqual(112);
    }
  });
});

describe('pageOf', () => {
  const people = COUNTS.slice(0, 7);
  it('cuts pages', () => {
    expect(pageOf(people, 3, 1)).toEqual({ items: [4, 5, 6], page: 1, pages: 3 });
  });
  it('falls back to the last page when people left', () => {
    expect(pageOf(people, 3, 9)).toEqual({ items: [7], page: 2, pages: 3 });
  });
  it('has one page of nobody', () => {
    expect(pageOf([], 3, 0)).toEqual({ items: [], page: 0, pages: 1 });
  });
});

describe('layoutStage', () => {
  it('puts the strip to the right of a wide window and below on a phone', () => {
    expect(layoutStage({ width: 1264, height: 712 }, 5).strip).toBe('right');
    expect(layoutStage({ width: 344, height: 660 }, 5).strip).toBe('bottom');
  });
  it('shows no more in the strip than fit', () => {
    const { stripCount, stripTile } = layoutStage({ width: 1264, height: 712 }, 40);
    expect(stripCount * (stripTile.height + 8) - 8).toBeLessThanOrEqual(712);
  });
});
