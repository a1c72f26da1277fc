import { TriangleAlert } from 'lucide-react';
import { app } from '../core/app';
import type { DeviceFailure } from '../core/devices';
import { useApp } from '../hooks/use-app';
import css from './DeviceProblem.module.css';

type Failures = Record<'microphone' | 'camera', DeviceFailure | null>;
interface Words {
  title: string;
  text: string;
}

const secureAddress = (): string => `https://${window.location.host}`;

function wordsFor(failure: DeviceFailure, what: string): Words {
  switch (failure) {
    case 'denied':
      return {
        title: `This page may not use your ${what}`,
        text: 'Click the camera or lock symbol in the address bar, allow it there, and try again. You can also join without.',
      };
    case 'missing':
      return { title: `No ${what} found`, text: 'Plug one in and it will be used at once. You can also join without.' };
    case 'busy':
      return {
        title: `Your ${what} ${what.includes(' and ') ? 'are' : 'is'} in use`,
        text: 'Another program holds it. Close that program and try again. You can also join without.',
      };
    case 'insecure':
      return {
        title: `The browser gives no ${what} to this address`,
        text: `Cameras and microphones work on https addresses only. Ask whoever runs this server for its https address, for example ${secureAddress()}.`,
      };
    case 'unknown':
      return { title: `Your ${what} could not be opened`, text: 'Try again, or choose another device. You can also join without.' };
  }
}

/** Both for the same reason is one note, not two. */
function notesFor({ microphone, camera }: Failures): { failure: DeviceFailure; words: Words }[] {
  if (microphone && microphone === camera) {
    return [{ failure: microphone, words: wordsFor(microphone, 'camera and microphone') }];
  }
  return [
    ...(microphone ? [{ failure: microphone, words: wordsFor(microphone, 'microphone') }] : []),
    ...(camera ? [{ failure: camera, words: wordsFor(camera, 'camera') }] : []),
  ];
}

export function DeviceProblem() {
  const failures = useApp((state) => state.local.failures);
  return notesFor(failures).map(({ failure, words }) => (
    <div key={words.title} className={css['note']} role="alert" data-testid="device-problem" data-failure={failure}>
      <TriangleAlert size={20} aria-hidden />
      <div>
        <strong>{words.title}</strong>
        <p>{words.text}</p>
        {failure === 'insecure' ? null : (
          <button type="button" className={css['retry']} onClick={() => void app().retryDevices()}>
            Try again
          </button>
        )}
      </div>
    </div>
  ));
}
