import { useRef } from 'react';
import type { Participant } from '../core/protocol';
import type { TileMedia } from '../core/playout';
import { othersWords } from '../core/quality';
import type { TileModel } from '../core/tiles';
import { useCall } from '../hooks/use-app';
import { useTileView } from '../hooks/use-view';
import { Avatar } from './Avatar';
import { LayeredVideo } from './LayeredVideo';
import css from './Tile.module.css';
import { PauseNotice } from './TileNotice';
import { NameTag, PinButton } from './TileParts';

function overlayText(participant: Participant, media: TileMedia | undefined): string | null {
  if (participant.state === 'reconnecting') return 'Reconnecting…';
  if (media?.codecProblem) return 'Your browser cannot show this video';
  return null;
}

export function RemoteTile({ tile }: { tile: TileModel }) {
  const participant = useCall((call) => call.participants[tile.participantId], undefined);
  const media = useCall((call) => call.media[tile.key], undefined);
  const speaking = useCall((call) => call.speaking.includes(tile.participantId), false);
  const grade = useCall((call) => call.grades[tile.participantId], undefined);
  const ref = useRef<HTMLElement>(null);
  useTileView(tile, ref, participant !== undefined);
  if (!participant) return null;
  const isScreen = tile.group === 'screen';
  const isOn = isScreen ? participant.sources.screen : participant.sources.camera;
  const paused = isOn ? (media?.paused ?? null) : null;
  // Whoever asked for no pictures sees faces' initials, not yesterday's frame.
  const hasVideo = isOn && (media?.layers.length ?? 0) > 0 && paused !== 'audio_only';
  const name = isScreen ? `${participant.name}'s screen` : participant.name;
  const overlay = overlayText(participant, media);
  return (
    <article
      ref={ref}
      className={css['tile']}
      aria-label={name}
      data-testid="tile"
      data-participant={tile.participantId}
      data-group={tile.group}
      data-speaking={speaking && !isScreen}
      data-video={hasVideo ? 'on' : 'off'}
      data-paused={paused ?? undefined}
    >
      {isScreen ? null : <Avatar name={participant.name} className={css['avatar']} />}
      {hasVideo && media ? <LayeredVideo tile={tile.key} layers={media.layers} fit={isScreen ? 'contain' : 'cover'} /> : null}
      {paused === 'bandwidth' && !overlay ? <PauseNotice reason="Video paused: slow connection" /> : null}
      {overlay ? <div className={css['state']}>{overlay}</div> : null}
      <NameTag
        name={name}
        isMuted={!isScreen && !participant.sources.microphone}
        isScreen={isScreen}
        quality={grade && !isScreen ? { grade, words: othersWords(grade) } : null}
      />
      <PinButton tile={tile} name={name} />
    </article>
  );
}
