import * as Menu from '@radix-ui/react-dropdown-menu';
import { EllipsisVertical, MicOff, MonitorX, UserX, VideoOff } from 'lucide-react';
import { app } from '../core/app';
import type { Participant, Source } from '../core/protocol';
import css from './ControlBar.module.css';
import { IconButton } from './IconButton';

const SOURCES: readonly { source: Source; label: string; Icon: typeof MicOff }[] = [
  { source: 'microphone', label: 'Mute', Icon: MicOff },
  { source: 'camera', label: 'Turn camera off', Icon: VideoOff },
  { source: 'screen', label: 'Stop screen sharing', Icon: MonitorX },
];

/** What a host may do to one of the others. */
export function PersonMenu({ person }: { person: Participant }) {
  const { participant_id, name, sources } = person;
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger asChild>
        <IconButton label={`Actions for ${name}`} data-testid="person-menu">
          <EllipsisVertical size={18} aria-hidden />
        </IconButton>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className={css['menu']} align="end" collisionPadding={8} data-scheme="dark">
          {SOURCES.filter(({ source }) => sources[source]).map(({ source, label, Icon }) => (
            <Menu.Item
              key={source}
              className={css['item']}
              onSelect={() => void app().call?.host.mute(participant_id, source)}
              data-testid={`mute-${source}`}
            >
              <Icon size={20} aria-hidden /> {label}
            </Menu.Item>
          ))}
          <Menu.Item className={css['item']} onSelect={() => void app().call?.host.remove(person)} data-testid="remove">
            <UserX size={20} aria-hidden /> Remove from the call
          </Menu.Item>
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}
