import type { Point } from '../core/plot';
import { linePath, niceMax } from '../core/plot';
import css from './Statistics.module.css';

export interface PlotSeries {
  label: string;
  points: readonly Point[];
}

interface PlotProps {
  title: string;
  /** The first is drawn in full, the second dashed. */
  series: readonly PlotSeries[];
  words: (value: number) => string;
  /** The scale never ends below this: noise is not blown up. */
  least: number;
}

const WIDTH = 300;
const HEIGHT = 48;
const WINDOW_MS = 120_000;

const lastOf = ({ points }: PlotSeries): number | null => points.at(-1)?.value ?? null;

/** Two minutes of one or two figures, newest at the right. */
export function Plot({ title, series, words, least }: PlotProps) {
  const values = series.flatMap(({ points }) => points.map((point) => point.value ?? 0));
  const max = niceMax(Math.max(0, ...values), least);
  const to_ms = Math.max(0, ...series.map(({ points }) => points.at(-1)?.at_ms ?? 0));
  const box = { width: WIDTH, height: HEIGHT, from_ms: to_ms - WINDOW_MS, to_ms, max };
  const now = series.map((one) => ({ label: one.label, text: words(lastOf(one) ?? 0), isKnown: lastOf(one) !== null }));
  const spoken = now.map(({ label, text, isKnown }) => `${label} ${isKnown ? text : 'not known'}`).join(', ');
  return (
    <figure className={css['plot']} data-testid="plot">
      <figcaption>
        <span className={css['title']}>{title}</span>
        {now.map(({ label, text, isKnown }, index) => (
          <span key={label} className={css['value']} data-series={index}>
            <i aria-hidden /> {series.length > 1 ? `${label} ` : ''}
            <b>{isKnown ? text : '–'}</b>
          </span>
        ))}
      </figcaption>
      <div className={css['box']}>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${title}, now: ${spoken}`}>
          {series.map(({ label, points }, index) => (
            <path key={label} d={linePath(points, box)} data-series={index} />
          ))}
        </svg>
        <span className={css['max']} aria-hidden>
          {words(max)}
        </span>
      </div>
    </figure>
  );
}
