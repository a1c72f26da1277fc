import { ChevronDown, Clapperboard } from 'lucide-react';
import { useId, useMemo } from 'react';
import { app } from '../core/app';
import type { CodecChoice } from '../core/codecs';
import { encodableCodecs, isCodecChoice } from '../core/codecs';
import { useApp } from '../hooks/use-app';
import css from './Field.module.css';

const NAMES: Readonly<Record<CodecChoice, string>> = {
  auto: 'Automatic codec',
  vp8: 'VP8: light on this computer',
  h264: 'H.264: for older devices',
  vp9: 'VP9: sharper for the same data',
  av1: 'AV1: sharpest, needs a fast computer',
};

/** Which codec one's own pictures are sent in. */
export function CodecSelect() {
  const choice = useApp((state) => state.preferences.codec);
  const choices = useMemo(() => ['auto' as const, ...encodableCodecs()], []);
  const noteId = useId();
  return (
    <>
      <div className={css['select']}>
        <Clapperboard size={18} aria-hidden />
        <select
          aria-label="Video codec"
          aria-describedby={noteId}
          value={choice}
          onChange={({ target: { value } }) => app().setPreferences({ codec: isCodecChoice(value) ? value : 'auto' })}
          data-testid="codec"
        >
          {choices.map((codec) => (
            <option key={codec} value={codec}>
              {NAMES[codec]}
            </option>
          ))}
        </select>
        <ChevronDown size={16} aria-hidden />
      </div>
      <p id={noteId} className={css['note']}>
        For what you send through the server. Used only if every device in the room can show it.
      </p>
    </>
  );
}
