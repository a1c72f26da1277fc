import { Mic, MicOff, Video, VideoOff } from 'lucide-react';
import { app } from '../core/app';
import type { CaptureKind } from '../core/devices';
import { useApp } from '../hooks/use-app';
import { IconButton } from './IconButton';

const FACES = {
  microphone: { on: Mic, off: MicOff, turnOff: 'Mute microphone', turnOn: 'Unmute microphone', key: 'M' },
  camera: { on: Video, off: VideoOff, turnOff: 'Turn camera off', turnOn: 'Turn camera on', key: 'V' },
} as const;

export function SourceToggle({ kind }: { kind: CaptureKind }) {
  const isOn = useApp((state) => state.local.enabled[kind]);
  const face = FACES[kind];
  const Icon = isOn ? face.on : face.off;
  return (
    <IconButton
      label={isOn ? face.turnOff : face.turnOn}
      shortcut={face.key}
      look={isOn ? 'round' : 'off'}
      aria-pressed={isOn}
      onClick={() => app().toggle(kind)}
      data-testid={`toggle-${kind}`}
    >
      <Icon size={22} aria-hidden />
    </IconButton>
  );
}
