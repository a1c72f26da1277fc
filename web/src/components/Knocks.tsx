import { DoorOpen } from 'lucide-react';
import { app } from '../core/app';
import type { Knock } from '../core/protocol';
import { useCall } from '../hooks/use-app';
import css from './Banner.module.css';

/** More would cover the pictures; the rest follow as these are answered. */
const MOST_SHOWN = 3;
const NOBODY: readonly Knock[] = [];

/** Hosts see who waits in the lobby, and answer. */
export function Knocks() {
  const knocks = useCall((call) => call.knocks, NOBODY);
  const more = knocks.length - MOST_SHOWN;
  return (
    <>
      {knocks.slice(0, MOST_SHOWN).map(({ participant_id: id, name }) => (
        <div key={id} className={`${css['banner']} ${css['knock']}`} role="group" aria-label={`${name} wants to come in`} data-testid="knock">
          <DoorOpen size={18} aria-hidden />
          <p className={css['who']}>
            <span className={css['name']}>{name}</span> wants to come in
          </p>
          <button type="button" onClick={() => void app().call?.host.admit(id, true)} data-testid="admit">
            Let in
          </button>
          <button type="button" className={css['second']} onClick={() => void app().call?.host.admit(id, false)} data-testid="deny">
            Not now
          </button>
        </div>
      ))}
      {more > 0 ? <p className={css['banner']}>And {more} more</p> : null}
    </>
  );
}
