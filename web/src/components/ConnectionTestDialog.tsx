import { Ban, Check, LoaderCircle, Minus, X } from 'lucide-react';
import { useId, useState } from 'react';
import type { Way, WayState } from '../core/connection-test';
import { adviceOf, verdictOf, WAY_NAMES, WAYS } from '../core/connection-test';
import { useConnectionTest } from '../hooks/use-connection-test';
import { useModal } from '../hooks/use-modal';
import { Button } from './Button';
import css from './ConnectionTestDialog.module.css';
import { IconButton } from './IconButton';
import dialogCss from './SettingsDialog.module.css';

const ICONS = { testing: LoaderCircle, works: Check, fails: Ban, 'not-offered': Minus };

function Row({ way, state }: { way: Way; state: WayState }) {
  const Icon = ICONS[state];
  return (
    <li className={css['row']} data-state={state} data-testid="way" data-way={way}>
      <Icon size={20} aria-hidden />
      <div>
        <strong>{WAY_NAMES[way]}</strong>
        <p>{verdictOf(way, state)}</p>
      </div>
    </li>
  );
}

function Test() {
  const [run, setRun] = useState(0);
  const { states, failed } = useConnectionTest(run);
  const advice = failed ? 'The server did not say what to try: try again in a moment.' : adviceOf(states);
  return (
    <>
      <ul className={css['ways']}>
        {WAYS.map((way) => (
          <Row key={way} way={way} state={states[way]} />
        ))}
      </ul>
      <p className={css['advice']} role="status" data-testid="advice">
        {advice ?? 'This takes up to a minute where something is blocked.'}
      </p>
      <div className={dialogCss['buttons']}>
        <Button disabled={advice === null} onClick={() => setRun(run + 1)} data-testid="test-again">
          Test again
        </Button>
      </div>
    </>
  );
}

export function ConnectionTestDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const ref = useModal(isOpen);
  const titleId = useId();
  return (
    <dialog ref={ref} className={dialogCss['dialog']} aria-labelledby={titleId} onClose={onClose} data-testid="connection-test">
      <div className={dialogCss['head']}>
        <h2 id={titleId} tabIndex={-1}>
          Your connection
        </h2>
        <IconButton label="Close the test" onClick={onClose}>
          <X size={20} aria-hidden />
        </IconButton>
      </div>
      {isOpen ? <Test /> : null}
    </dialog>
  );
}
