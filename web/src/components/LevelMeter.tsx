import { useLevel } from '../hooks/use-level';
import css from './LevelMeter.module.css';

const BARS = [0.15, 0.3, 0.45, 0.6, 0.8];

export function LevelMeter({ track }: { track: MediaStreamTrack | null }) {
  const level = useLevel(track);
  return (
    <div
      className={css['meter']}
      role="meter"
      aria-label="Microphone level"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(level * 100)}
      data-testid="level-meter"
    >
      {BARS.map((threshold) => (
        <span key={threshold} className={`${css['bar']} ${level >= threshold ? css['lit'] : ''}`} />
      ))}
    </div>
  );
}
