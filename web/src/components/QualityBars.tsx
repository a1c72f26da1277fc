import type { Grade } from '../core/store';
import css from './QualityBars.module.css';

interface QualityBarsProps {
  grade: Grade;
  /** The grade in words: what a screen reader says and a pointer shows. */
  words: string;
}

const BARS = [1, 2, 3, 4] as const;
const lookOf = (score: number): string => (score >= 3 ? 'good' : score === 2 ? 'fair' : 'poor');

/** Four bars; as many are lit as the score says, one at least: it carries the colour. */
export function QualityBars({ grade, words }: QualityBarsProps) {
  return (
    <span className={css['bars']} data-look={lookOf(grade.score)} data-score={grade.score} role="img" aria-label={words} title={words} data-testid="quality">
      <svg viewBox="0 0 14 12" width={14} height={12} aria-hidden>
        {BARS.map((bar) => (
          <rect key={bar} x={(bar - 1) * 3.75} y={12 - bar * 3} width={2.5} height={bar * 3} rx={1} data-lit={bar <= Math.max(1, grade.score)} />
        ))}
      </svg>
    </span>
  );
}
