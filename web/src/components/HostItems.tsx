import * as Menu from '@radix-ui/react-dropdown-menu';
import { Check, DoorClosed, Lock } from 'lucide-react';
import { app } from '../core/app';
import { useCall } from '../hooks/use-app';
import css from './ControlBar.module.css';

/** What a host may do to the room; nothing for the others. */
export function HostItems({ onEnd }: { onEnd: () => void }) {
  const isHost = useCall((call) => call.role === 'host', false);
  const isLocked = useCall((call) => call.room.locked ?? false, false);
  if (!isHost) return null;
  return (
    <>
      <Menu.Separator className={css['line']} />
      <Menu.CheckboxItem
        className={css['item']}
        checked={isLocked}
        onCheckedChange={(checked) => void app().call?.host.setLocked(checked)}
        data-testid="lock"
      >
        <Lock size={20} aria-hidden />
        <span className={css['grow']}>
          Lock the room
          <small>Nobody new comes in</small>
        </span>
        <Menu.ItemIndicator>
          <Check size={18} aria-hidden />
        </Menu.ItemIndicator>
      </Menu.CheckboxItem>
      <Menu.Item className={css['item']} onSelect={onEnd} data-testid="end">
        <DoorClosed size={20} aria-hidden /> End for everyone…
      </Menu.Item>
    </>
  );
}
