import { useId } from 'react';
import type { Door } from '../core/entry';
import { textField } from '../hooks/text-field';
import css from './Field.module.css';

const WORDS: Record<Door, string> = {
  password_required: 'This room has a password. Whoever invited you can tell you.',
  wrong_password: 'That is not the password. Have a look at it, and try again.',
  too_many_tries: 'Those were many tries in a short time. Wait a minute, then try again.',
};

export const MAX_PASSWORD_CHARACTERS = 128;

interface PasswordFieldProps {
  door: Door;
  value: string;
  onText: (text: string) => void;
}

/** At the door of a room that asks for one. */
export function PasswordField({ door, value, onText }: PasswordFieldProps) {
  const id = useId();
  return (
    <div className={css['field']}>
      <label className={css['label']} htmlFor={id}>
        Password of the room
      </label>
      <input
        id={id}
        type="password"
        className={css['input']}
        {...textField(value, onText)}
        maxLength={MAX_PASSWORD_CHARACTERS}
        autoComplete="off"
        aria-invalid={door === 'wrong_password'}
        aria-describedby={`${id}-hint`}
        data-testid="password-input"
      />
      <p id={`${id}-hint`} className={css['note']} role="status" data-door={door} data-testid="password-hint">
        {WORDS[door]}
      </p>
    </div>
  );
}
