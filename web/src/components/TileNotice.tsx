import { WifiOff } from 'lucide-react';
import css from './Tile.module.css';

/** Why there is no moving picture, over what is left of it. */
export function PauseNotice({ reason }: { reason: string }) {
  return (
    <div className={css['paused']} data-testid="paused">
      <p>
        <WifiOff size={16} aria-hidden />
        <span>{reason}</span>
      </p>
    </div>
  );
}
