// The arithmetic of the small plots: pure.
export interface Point {
  at_ms: number;
  /** null: not known then; the line has a gap. */
  value: number | null;
}
export interface PlotBox {
  width: number;
  height: number;
  from_ms: number;
  to_ms: number;
  max: number;
}

/** 1, 2 or 5 times a power of ten, not below the value nor below `least`. */
export function niceMax(value: number, least: number): number {
  const wanted = Math.max(value, least);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= wanted * 0.999_999) ?? 10;
  return step * power;
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** The `d` of an SVG path; parts of a single point become a short dash, so that they can be seen. */
export function linePath(points: readonly Point[], { width, height, from_ms, to_ms, max }: PlotBox): string {
  let path = '';
  let isPenDown = false;
  for (const { at_ms, value } of points) {
    if (value === null || at_ms < from_ms || at_ms > to_ms) {
      isPenDown = false;
      continue;
    }
    const x = round(((at_ms - from_ms) / (to_ms - from_ms)) * width);
    const y = round(height - (Math.min(value, max) / max) * height);
    path += isPenDown ? `L${x} ${y}` : `M${x} ${y}h0.1`;
    isPenDown = true;
  }
  return path;
}
