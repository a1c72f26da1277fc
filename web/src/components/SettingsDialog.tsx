import { X } from 'lucide-react';
import { useId } from 'react';
import { app } from '../core/app';
import { playChime } from '../core/levels';
import { useApp } from '../hooks/use-app';
import { useModal } from '../hooks/use-modal';
import { Button } from './Button';
import { CodecSelect } from './CodecSelect';
import { DeviceChoices } from './DeviceChoices';
import { DeviceProblem } from './DeviceProblem';
import { IconButton } from './IconButton';
import css from './SettingsDialog.module.css';
import { ThemeToggle } from './ThemeToggle';

const KEYS: readonly (readonly [readonly string[], string])[] = [
  [['M'], 'Microphone on and off'],
  [['V'], 'Camera on and off'],
  [['Space'], 'Hold to talk while muted'],
  [['C'], 'Chat'],
  [['P'], 'People'],
];

function Keys() {
  return (
    <dl className={css['keys']}>
      {KEYS.map(([keys, text]) => (
        <div key={text} style={{ display: 'contents' }}>
          <dt>
            {keys.map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

function Sounds() {
  const sounds = useApp((state) => state.preferences.sounds);
  return (
    <label className={css['switch']}>
      Sound when somebody joins or writes
      <input type="checkbox" role="switch" checked={sounds} onChange={(event) => app().setPreferences({ sounds: event.target.checked })} />
    </label>
  );
}

function Sections() {
  return (
    <>
      <section className={css['section']}>
        <h3>Devices</h3>
        <DeviceChoices stacked />
        <DeviceProblem />
        <Button className={css['test'] ?? ''} onClick={() => playChime()}>
          Play a test sound
        </Button>
      </section>
      <section className={css['section']}>
        <h3>Video</h3>
        <CodecSelect />
      </section>
      <section className={css['section']}>
        <h3>Page</h3>
        <Sounds />
        <div className={css['switch']}>
          Appearance
          <ThemeToggle />
        </div>
      </section>
      <section className={css['section']}>
        <h3>Keys</h3>
        <Keys />
      </section>
    </>
  );
}

export function SettingsDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const ref = useModal(isOpen);
  const titleId = useId();
  return (
    <dialog ref={ref} className={css['dialog']} aria-labelledby={titleId} onClose={onClose} data-testid="settings">
      <div className={css['head']}>
        <h2 id={titleId} tabIndex={-1}>
          Settings
        </h2>
        <IconButton label="Close settings" onClick={onClose}>
          <X size={20} aria-hidden />
        </IconButton>
      </div>
      {isOpen ? <Sections /> : null}
    </dialog>
  );
}
