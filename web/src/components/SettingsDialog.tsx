import * as Dialog from '@radix-ui/react-dialog';
import { X } from 'lucide-react';
import { app } from '../core/app';
import { playChime } from '../core/levels';
import { useApp } from '../hooks/use-app';
import { Button } from './Button';
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

export function SettingsDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className={css['overlay']} />
        <Dialog.Content className={css['dialog']} aria-describedby={undefined} data-testid="settings">
          <div className={css['head']}>
            <Dialog.Title asChild>
              <h2>Settings</h2>
            </Dialog.Title>
            <Dialog.Close asChild>
              <IconButton label="Close settings">
                <X size={20} aria-hidden />
              </IconButton>
            </Dialog.Close>
          </div>
          <section className={css['section']}>
            <h3>Devices</h3>
            <DeviceChoices stacked />
            <DeviceProblem />
            <Button className={css['test'] ?? ''} onClick={() => playChime()}>
              Play a test sound
            </Button>
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
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
