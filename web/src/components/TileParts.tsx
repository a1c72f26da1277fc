import { MicOff, MonitorUp, Pin, PinOff } from 'lucide-react';
import { app } from '../core/app';
import type { Grade } from '../core/store';
import type { TileModel } from '../core/tiles';
import { useCall } from '../hooks/use-app';
import { QualityBars } from './QualityBars';
import css from './Tile.module.css';

interface NameTagProps {
  name: string;
  isMuted: boolean;
  isScreen?: boolean;
  quality?: { grade: Grade; words: string } | null;
}

export function NameTag({ name, isMuted, isScreen = false, quality = null }: NameTagProps) {
  return (
    <div className={css['name']}>
      {isScreen ? <MonitorUp size={14} aria-hidden /> : null}
      {isMuted ? <MicOff size={14} className={css['muted']} aria-label="Muted" /> : null}
      <span className={css['text']}>{name}</span>
      {quality ? <QualityBars {...quality} /> : null}
    </div>
  );
}

export function PinButton({ tile, name }: { tile: TileModel; name: string }) {
  const isPinned = useCall((call) => call.pinned === tile.key, false);
  const Icon = isPinned ? PinOff : Pin;
  return (
    <div className={css['actions']} data-on={isPinned}>
      <button
        type="button"
        className={css['pin']}
        aria-pressed={isPinned}
        aria-label={isPinned ? `Unpin ${name}` : `Pin ${name}`}
        onClick={() => app().call?.setPinned(isPinned ? null : tile.key)}
        data-testid="pin"
      >
        <Icon size={18} aria-hidden />
      </button>
    </div>
  );
}
