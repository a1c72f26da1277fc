import { useId } from 'react';
import { app } from '../core/app';
import { useModal } from '../hooks/use-modal';
import { Button } from './Button';
import css from './SettingsDialog.module.css';

/** Asks before a host ends the call of everyone: there is no way back. */
export function EndDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const ref = useModal(isOpen);
  const titleId = useId();
  return (
    <dialog ref={ref} className={css['dialog']} aria-labelledby={titleId} onClose={onClose} data-testid="end-dialog">
      <div className={css['head']}>
        <h2 id={titleId} tabIndex={-1}>
          End the call for everyone?
        </h2>
      </div>
      <p>Everybody leaves now. The room is deleted with its chat, and its link stops working.</p>
      <div className={css['buttons']}>
        <Button look="quiet" onClick={onClose}>
          Cancel
        </Button>
        <Button look="primary" onClick={() => void app().call?.host.end()} data-testid="end-confirm">
          End for everyone
        </Button>
      </div>
    </dialog>
  );
}
