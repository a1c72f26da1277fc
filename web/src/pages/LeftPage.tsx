import { DoorOpen } from 'lucide-react';
import { Button } from '../components/Button';
import { Notice } from '../components/Shell';
import { app } from '../core/app';
import type { SignallingEnd } from '../core/signalling';

const WORDS: Record<Exclude<SignallingEnd, 'expired'>, { title: string; text: string; canRejoin: boolean }> = {
  left: { title: 'You left the call', text: 'The others can go on without you.', canRejoin: true },
  replaced: {
    title: 'You are in this call elsewhere',
    text: 'The call was taken over by another tab or window.',
    canRejoin: true,
  },
  removed: { title: 'You were removed from the call', text: 'A host took you out. The others go on.', canRejoin: false },
  'room-closed': { title: 'The room was closed', text: 'The call has ended for everyone. Thanks for being there.', canRejoin: false },
  refused: { title: 'The server ended the connection', text: 'Something did not fit. You can go back in.', canRejoin: true },
  shutdown: { title: 'The server was stopped', text: 'Try again in a moment.', canRejoin: true },
};

export function LeftPage({ roomId, why }: { roomId: string; why: Exclude<SignallingEnd, 'expired'> }) {
  const words = WORDS[why];
  const actions = (
    <>
      {words.canRejoin ? (
        <Button look="primary" onClick={() => app().openRoom(roomId)} data-testid="rejoin">
          Rejoin
        </Button>
      ) : null}
      <Button look="quiet" onClick={() => app().goHome()} data-testid="go-home">
        To the start page
      </Button>
    </>
  );
  return (
    <Notice icon={<DoorOpen size={28} />} title={words.title} actions={actions} testId="left">
      <p>{words.text}</p>
    </Notice>
  );
}
