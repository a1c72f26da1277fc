import { useId, useState } from 'react';
import { Avatar } from '../components/Avatar';
import { Button } from '../components/Button';
import { ConnectionTestDialog } from '../components/ConnectionTestDialog';
import { CopyLinkButton } from '../components/CopyLinkButton';
import { DeviceChoices } from '../components/DeviceChoices';
import { DeviceProblem } from '../components/DeviceProblem';
import fieldCss from '../components/Field.module.css';
import { LevelMeter } from '../components/LevelMeter';
import { PasswordField } from '../components/PasswordField';
import { Shell } from '../components/Shell';
import { SourceToggle } from '../components/SourceToggle';
import { TrackVideo } from '../components/TrackVideo';
import { Waiting } from '../components/Waiting';
import { app } from '../core/app';
import { hostKeyOf } from '../core/host-keys';
import { passOf } from '../core/passes';
import { cleanName, MAX_NAME_CHARACTERS } from '../core/storage';
import type { Page } from '../core/store';
import { textField } from '../hooks/text-field';
import { useApp } from '../hooks/use-app';
import css from './PreviewPage.module.css';

type Preview = Extract<Page, { name: 'preview' }>;

function presentText(page: Preview): string {
  if (page.door) return '';
  if (!page.room) return 'Looking for the room…';
  if (page.room.lobby && !hostKeyOf(page.roomId) && !passOf(page.roomId)) return 'A host lets people in one by one.';
  const names = page.present;
  if (names.length === 0) return 'Nobody is here yet.';
  if (names.length === 1) return `${names[0]} is here.`;
  if (names.length <= 3) return `${names.slice(0, -1).join(', ')} and ${names.at(-1)} are here.`;
  return `${names.slice(0, 2).join(', ')} and ${names.length - 2} others are here.`;
}

function OwnPicture() {
  const camera = useApp((state) => state.ownTracks.camera);
  const microphone = useApp((state) => state.ownTracks.microphone);
  const opening = useApp((state) => state.local.opening);
  const name = useApp((state) => state.preferences.name);
  return (
    <div className={css['picture']} data-scheme="dark">
      {camera ? (
        <TrackVideo track={camera} className={css['video']} label="Your camera" testId="preview-video" />
      ) : (
        <div className={css['off']}>
          <Avatar name={name || 'You'} className={css['avatar']} />
          <p>{opening ? 'Starting your camera…' : 'Your camera is off'}</p>
        </div>
      )}
      {microphone ? (
        <div className={css['meter']}>
          <LevelMeter track={microphone} />
        </div>
      ) : null}
      <div className={css['controls']}>
        <SourceToggle kind="microphone" />
        <SourceToggle kind="camera" />
      </div>
    </div>
  );
}

function JoinForm({ page }: { page: Preview }) {
  const id = useId();
  const name = useApp((state) => state.preferences.name);
  const [password, setPassword] = useState('');
  const isIncomplete = page.door !== null && password === '';
  const join = (watch: boolean): void => void app().join({ password, watch });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        join(false);
      }}
    >
      <label className={fieldCss['label']} htmlFor={id}>
        Your name
      </label>
      <input
        id={id}
        className={fieldCss['input']}
        {...textField(page.givenName ?? name, (text) => app().setPreferences({ name: cleanName(text) }))}
        maxLength={MAX_NAME_CHARACTERS}
        disabled={page.givenName !== null}
        autoComplete="name"
        placeholder="Guest"
        data-testid="name-input"
      />
      {page.door ? <PasswordField door={page.door} value={password} onText={setPassword} /> : null}
      <Button type="submit" look="primary" className={css['join'] ?? ''} disabled={page.joining || isIncomplete} data-testid="join">
        {page.joining ? 'Joining…' : 'Join'}
      </Button>
      {hostKeyOf(page.roomId) || passOf(page.roomId) ? null : (
        <Button look="quiet" className={css['watch'] ?? ''} disabled={page.joining || isIncomplete} onClick={() => join(true)} data-testid="watch">
          Only watch
        </Button>
      )}
    </form>
  );
}

/** The servers to try are told with the way in: not before the door opens. */
function TestConnection({ page }: { page: Preview }) {
  const [isOpen, setIsOpen] = useState(false);
  const isPossible = page.room !== null && !page.waiting;
  return (
    <>
      <Button look="quiet" className={css['test'] ?? ''} disabled={!isPossible} onClick={() => setIsOpen(true)} data-testid="test-connection">
        Test my connection
      </Button>
      <ConnectionTestDialog isOpen={isOpen} onClose={() => setIsOpen(false)} />
    </>
  );
}

export function PreviewPage({ page }: { page: Preview }) {
  return (
    <Shell>
      <div className={css['columns']} data-testid="preview">
        <div className={css['left']}>
          <OwnPicture />
          <DeviceProblem />
          <DeviceChoices />
        </div>
        <div className={css['right']}>
          <h1>{page.room?.name || 'Ready to join?'}</h1>
          <p className={css['present']} aria-live="polite">
            {presentText(page)}
          </p>
          {page.waiting ? <Waiting /> : <JoinForm page={page} />}
          <TestConnection page={page} />
          <div className={css['invite']}>
            <span className={css['code']}>{page.roomId}</span>
            <CopyLinkButton roomId={page.roomId} look="text" />
          </div>
        </div>
      </div>
    </Shell>
  );
}
