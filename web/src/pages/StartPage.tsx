import { useId, useState } from 'react';
import type { SubmitEvent } from 'react';
import { Button } from '../components/Button';
import { CreateForm } from '../components/CreateForm';
import fieldCss from '../components/Field.module.css';
import { HeroPicture } from '../components/HeroPicture';
import { Shell } from '../components/Shell';
import { app } from '../core/app';
import { findRoomId } from '../core/room-link';
import { textField } from '../hooks/text-field';
import css from './StartPage.module.css';

const FACTS = ['On your own server', 'Nothing to install', 'Two people talk directly', 'Encrypted on the way'];

function JoinForm() {
  const id = useId();
  const [text, setText] = useState('');
  const [isWrong, setIsWrong] = useState(false);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const roomId = findRoomId(text);
    setIsWrong(roomId === null);
    if (roomId) app().openRoom(roomId);
  };
  const type = (typed: string): void => {
    setText(typed);
    setIsWrong(false);
  };
  return (
    <>
      <form className={css['form']} onSubmit={submit}>
        <label className="visually-hidden" htmlFor={id}>
          Room id or link
        </label>
        <input
          id={id}
          className={fieldCss['input']}
          placeholder="Room id or link"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          {...textField(text, type)}
          aria-invalid={isWrong}
          aria-describedby={`${id}-hint`}
          data-testid="join-input"
        />
        <Button type="submit" look="quiet" disabled={text.trim() === ''} data-testid="join-room">
          Join
        </Button>
      </form>
      <p id={`${id}-hint`} className={css['hint']} role="status">
        {isWrong ? 'That is no room id. It has four words of five letters, like babab-dafil-gosiv-lutok.' : ''}
      </p>
    </>
  );
}

export function StartPage() {
  const facts = (
    <ul className={css['facts']}>
      {FACTS.map((fact) => (
        <li key={fact}>{fact}</li>
      ))}
    </ul>
  );
  return (
    <Shell footer={facts}>
      <div className={css['columns']}>
        <div>
          <h1 className={css['title']}>Talk face to face, on your own terms.</h1>
          <p className={css['lead']}>
            Parley is video meetings in the browser, served from your own machine. Open a room, send the link, and talk.
          </p>
          <CreateForm className={css['create'] ?? ''} />
          <p className={css['or']}>Somebody sent you an invitation?</p>
          <JoinForm />
        </div>
        <HeroPicture className={css['picture'] ?? ''} />
      </div>
    </Shell>
  );
}
