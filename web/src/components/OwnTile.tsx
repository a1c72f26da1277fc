import { ownWords } from '../core/quality';
import type { TileModel } from '../core/tiles';
import { useApp, useCall } from '../hooks/use-app';
import { Avatar } from './Avatar';
import css from './Tile.module.css';
import { NameTag, PinButton } from './TileParts';
import { TrackVideo } from './TrackVideo';

export function OwnTile({ tile, canPin = true }: { tile: TileModel; canPin?: boolean }) {
  const camera = useApp((state) => state.ownTracks.camera);
  const isMuted = useApp((state) => !state.local.enabled.microphone);
  const name = useCall((call) => call.selfName, '');
  const grade = useCall((call) => call.grades[call.selfId], undefined);
  const speaking = useCall((call) => call.speaking.includes(call.selfId), false);
  return (
    <article
      className={css['tile']}
      aria-label={`${name} (you)`}
      data-testid="tile"
      data-self="true"
      data-participant={tile.participantId}
      data-group="camera"
      data-speaking={speaking}
      data-video={camera ? 'on' : 'off'}
    >
      <Avatar name={name} className={css['avatar']} />
      {camera ? (
        <TrackVideo track={camera} className={`${css['video']} ${css['own']} ${css['mirrored']}`} label="Your camera" testId="self-view" />
      ) : null}
      <NameTag name="You" isMuted={isMuted} quality={grade ? { grade, words: ownWords(grade) } : null} />
      {canPin ? <PinButton tile={tile} name="yourself" /> : null}
    </article>
  );
}
