import * as Popover from '@radix-ui/react-popover';
import { ChartSpline } from 'lucide-react';
import { app } from '../core/app';
import { scoreWord } from '../core/quality';
import type { Connection, Grade, Quality } from '../core/store';
import { useCall } from '../hooks/use-app';
import css from './ConnectionBadge.module.css';
import { OwnConnection } from './OwnConnection';

type Look = 'good' | 'fair' | 'poor' | 'none';

const NO_CONNECTION: Connection = { leg: null, switching: false, signallingLost: false, mediaLost: false };
const NO_QUALITY: Quality = { path: null, rtt_ms: null, lossPercent: null };

function lookOf(leg: Connection['leg'], grade: Grade | undefined): Look {
  if (!leg) return 'none';
  const score = grade?.score ?? 4;
  return score >= 3 ? 'good' : score === 2 ? 'fair' : 'poor';
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
  const grade = useCall((call) => call.grades[call.selfId], undefined);
  const words = wordsFor(connection.leg, quality.path);
  const spoken = grade && connection.leg ? `Connection: ${words.short}, ${scoreWord(grade.score).toLowerCase()}` : `Connection: ${words.short}`;
  return (
    <Popover.Root>
      <Popover.Trigger
        className={css['trigger']}
        aria-label={spoken}
        data-testid="connection"
        data-leg={connection.leg ?? 'none'}
        data-path={quality.path ?? 'none'}
      >
        <span className={css['dot']} data-quality={lookOf(connection.leg, grade)} aria-hidden />
        {words.short}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className={css['popover']} side="top" align="start" sideOffset={8} collisionPadding={8} data-scheme="dark">
          <h2>{words.short}</h2>
          <p>{words.text}</p>
          {connection.leg ? (
            <>
              <OwnConnection />
              <Popover.Close className={css['more']} onClick={() => app().call?.setPanel('statistics')}>
                <ChartSpline size={18} aria-hidden /> Statistics
              </Popover.Close>
            </>
          ) : null}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
