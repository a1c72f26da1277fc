import { app } from '../core/app';
import { Button } from './Button';
import css from './Field.module.css';

/** In the lobby: nothing to do but to wait, or to go. */
export function Waiting() {
  return (
    <div className={css['field']} data-testid="waiting">
      <p role="status">Waiting for a host to let you in…</p>
      <p className={css['note']}>They see your name. Stay on this page; it goes on by itself.</p>
      <Button look="quiet" className={css['wide'] ?? ''} onClick={() => app().cancelJoin()} data-testid="cancel-join">
        Cancel
      </Button>
    </div>
  );
}
