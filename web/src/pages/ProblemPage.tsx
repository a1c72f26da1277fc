import { CloudOff, DoorClosed, Hourglass, Lock, SearchX, TriangleAlert, Users } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../components/Button';
import { Notice } from '../components/Shell';
import { app } from '../core/app';
import type { Problem } from '../core/store';

interface Words {
  icon: ReactNode;
  title: string;
  text: string;
  canRetry: boolean;
}

const PASSWORD: Words = {
  icon: <Lock size={28} />,
  title: 'The room has a password',
  text: 'Whoever invited you can tell you. Then try again.',
  canRetry: true,
};

const WORDS: Record<Problem, Words> = {
  password_required: PASSWORD,
  wrong_password: PASSWORD,
  room_not_found: {
    icon: <SearchX size={28} />,
    title: 'There is no such room',
    text: 'The link may have a letter missing, or the room has expired. Ask for a new link, or open a room of your own.',
    canRetry: false,
  },
  room_full: {
    icon: <Users size={28} />,
    title: 'The room is full',
    text: 'Nobody else fits in at the moment. As soon as someone leaves, you can join.',
    canRetry: true,
  },
  room_locked: {
    icon: <Lock size={28} />,
    title: 'The room is locked',
    text: 'Nobody new is let in at the moment. Ask somebody inside to let you in.',
    canRetry: true,
  },
  wrong_pass: {
    icon: <DoorClosed size={28} />,
    title: 'That invitation is not valid',
    text: 'It was made for another room, or its time is over. Ask for a new one where you got it.',
    canRetry: false,
  },
  not_admitted: {
    icon: <DoorClosed size={28} />,
    title: 'You were not let in',
    text: 'A host has not let you in, or nobody answered. You can ask again.',
    canRetry: true,
  },
  too_many: {
    icon: <Hourglass size={28} />,
    title: 'That was a little too fast',
    text: 'The server has had many requests from your network. Wait a moment, then try again.',
    canRetry: true,
  },
  overloaded: {
    icon: <Hourglass size={28} />,
    title: 'The server is full just now',
    text: 'It takes care of the calls that are going on first. Try again in a moment.',
    canRetry: true,
  },
  draining: {
    icon: <CloudOff size={28} />,
    title: 'The server takes no new calls',
    text: 'It is about to be replaced; only calls that are going on can be joined. Try again a little later.',
    canRetry: true,
  },
  unavailable: {
    icon: <CloudOff size={28} />,
    title: 'The server cannot do that just now',
    text: 'It is running, but a part of it is not. Try again in a moment.',
    canRetry: true,
  },
  bad_input: {
    icon: <DoorClosed size={28} />,
    title: 'The server did not understand that',
    text: 'The link may be damaged. Ask for a new one, or open a room of your own.',
    canRetry: false,
  },
  unreachable: {
    icon: <CloudOff size={28} />,
    title: 'The server does not answer',
    text: 'Check your connection to the internet. If that works, the server may be down for a moment.',
    canRetry: true,
  },
  join_failed: {
    icon: <TriangleAlert size={28} />,
    title: 'Joining did not work',
    text: 'Something went wrong on the way in. Trying again usually helps.',
    canRetry: true,
  },
  server_stopped: {
    icon: <CloudOff size={28} />,
    title: 'The server was stopped',
    text: 'The call ended with it. When it is back, the same link leads to the same room.',
    canRetry: true,
  },
};

interface ProblemPageProps {
  problem: Problem;
  roomId: string | null;
  retryAfterS: number | null;
}

export function ProblemPage({ problem, roomId, retryAfterS }: ProblemPageProps) {
  const words = WORDS[problem];
  const retry = (): void => (roomId ? app().openRoom(roomId) : app().goHome());
  const actions = (
    <>
      {words.canRetry ? (
        <Button look="primary" onClick={retry} data-testid="retry">
          Try again
        </Button>
      ) : null}
      <Button look={words.canRetry ? 'quiet' : 'primary'} onClick={() => app().goHome()} data-testid="go-home">
        To the start page
      </Button>
    </>
  );
  return (
    <Notice icon={words.icon} title={words.title} actions={actions} testId="problem" problem={problem}>
      <p>{words.text}</p>
      {retryAfterS ? <p>In about {retryAfterS} seconds it may work again.</p> : null}
    </Notice>
  );
}
