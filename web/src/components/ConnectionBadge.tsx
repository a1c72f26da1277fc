import * as Popover from '@radix-ui/react-popover';
import type { Connection, Quality } from '../core/store';
import { useCall } from '../hooks/use-app';
import css from './ConnectionBadge.module.css';

type Grade = 'good' | 'fair' | 'poor' | 'none';

const NO_CONNECTION: Connection = { leg: null, switching: false, signallingLost: false, mediaLost: false };
const NO_QUALITY: Quality = { path: null, rtt_ms: null, lossPercent: null };

function gradeOf(leg: Connection['leg'], { rtt_ms, lossPercent }: Quality): Grade {
  if (!leg) return 'none';
  if ((lossPercent ?? 0) >= 8 || (rtt_ms ?? 0) >= 500) return 'poor';
  if ((lossPercent ?? 0) >= 3 || (rtt_ms ?? 0) >= 250) return 'fair';
  return 'good';
}

function wordsFor(leg: Connection['leg'], path: Quality['path']): { short: string; text: string } {
  if (leg === 'sfu') return { short: 'Via server', text: 'Picture and sound go through this server, which passes them on to everyone.' };
  if (leg === 'p2p' && path === 'relayed') {
    return { short: 'Relayed', text: 'Your networks allow no direct way; a relay passes on what only the two of you can read.' };
  }
  if (leg === 'p2p') return { short: 'Direct', text: 'Picture and sound go straight from one of you to the other.' };
  return { short: 'Waiting', text: 'As soon as somebody else is here, the connection is made.' };
}

export function ConnectionBadge() {
  const connection = useCall((call) => call.connection, NO_CONNECTION);
  const quality = useCall((call) => call.quality, NO_QUALITY);
  const words = wordsFor(connection.leg, quality.path);
  return (
    <Popover.Root>
      <Popover.Trigger
        className={css['trigger']}
        aria-label={`Connection: ${words.short}`}
        data-testid="connection"
        data-leg={connection.leg ?? 'none'}
        data-path={quality.path ?? 'none'}
      >
        <span className={css['dot']} data-quality={gradeOf(connection.leg, quality)} aria-hidden />
        {words.short}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className={css['popover']} side="top" align="start" sideOffset={8} collisionPadding={8} data-scheme="dark">
          <h2>{words.short}</h2>
          <p>{words.text}</p>
          {connection.leg ? (
            <dl>
              <dt>There and back</dt>
              <dd>{quality.rtt_ms === null ? '–' : `${quality.rtt_ms} ms`}</dd>
              <dt>Lost on the way</dt>
              <dd>{quality.lossPercent === null ? '–' : `${quality.lossPercent} %`}</dd>
            </dl>
          ) : null}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
