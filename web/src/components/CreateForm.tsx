import { Video } from 'lucide-react';
import { useId, useState } from 'react';
import { app } from '../core/app';
import { textField } from '../hooks/text-field';
import { Button } from './Button';
import css from './Field.module.css';
import { MAX_PASSWORD_CHARACTERS } from './PasswordField';

const MIN_PASSWORD_CHARACTERS = 8;

/** In plain sight: it is made to be told to others. */
function NewPassword({ value, onText }: { value: string; onText: (text: string) => void }) {
  const id = useId();
  return (
    <>
      <label className={css['label']} htmlFor={id}>
        Password that whoever joins is asked for
      </label>
      <input
        id={id}
        className={css['input']}
        {...textField(value, onText)}
        maxLength={MAX_PASSWORD_CHARACTERS}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        placeholder="None"
        aria-describedby={`${id}-hint`}
        data-testid="new-password"
      />
      <p id={`${id}-hint`} className={css['note']}>
        At least {MIN_PASSWORD_CHARACTERS} characters. You yourself are let in without it.
      </p>
    </>
  );
}

/** Makes a room; whoever does is its host. */
export function CreateForm({ className }: { className: string }) {
  const [isBusy, setIsBusy] = useState(false);
  const [password, setPassword] = useState('');
  const [lobby, setLobby] = useState(false);
  const isTooShort = password !== '' && Array.from(password).length < MIN_PASSWORD_CHARACTERS;
  const create = (): void => {
    setIsBusy(true);
    void app()
      .createAndEnter({ password, lobby })
      .finally(() => setIsBusy(false));
  };
  return (
    <>
      <Button look="primary" className={className} onClick={create} disabled={isBusy || isTooShort} data-testid="create-room">
        <Video size={20} aria-hidden />
        Create a room
      </Button>
      <details className={css['more']}>
        <summary data-testid="door">Who may come in?</summary>
        <label className={css['check']}>
          <input type="checkbox" checked={lobby} onChange={(event) => setLobby(event.target.checked)} data-testid="new-lobby" />
          I let everybody in myself
        </label>
        <NewPassword value={password} onText={setPassword} />
      </details>
    </>
  );
}
