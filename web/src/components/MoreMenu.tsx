import * as Menu from '@radix-ui/react-dropdown-menu';
import { ChartSpline, Check, Ellipsis, Headphones, Link, MessageSquareText, Settings, Users } from 'lucide-react';
import { app } from '../core/app';
import { invitationLink } from '../core/room-link';
import { addToast, store } from '../core/store';
import { useCall } from '../hooks/use-app';
import { useCopy } from '../hooks/use-copy';
import css from './ControlBar.module.css';
import { HostItems } from './HostItems';
import { IconButton } from './IconButton';

interface MoreMenuProps {
  roomId: string;
  onSettings: () => void;
  onEnd: () => void;
}

/** Only the server can leave pictures out for one viewer; a direct leg adapts by itself. */
function AudioOnlyItem() {
  const audioOnly = useCall((call) => call.audioOnly, false);
  const isDirect = useCall((call) => call.connection.leg === 'p2p', false);
  return (
    <Menu.CheckboxItem
      className={css['item']}
      checked={audioOnly}
      disabled={isDirect && !audioOnly}
      onCheckedChange={(checked) => app().call?.setAudioOnly(checked)}
      data-testid="audio-only"
    >
      <Headphones size={20} aria-hidden />
      <span className={css['grow']}>
        Audio only
        {isDirect ? <small>Not in a direct call of two</small> : null}
      </span>
      <Menu.ItemIndicator>
        <Check size={18} aria-hidden />
      </Menu.ItemIndicator>
    </Menu.CheckboxItem>
  );
}

/** What is seldom needed; on a phone, also what the bar has no room for. */
export function MoreMenu({ roomId, onSettings, onEnd }: MoreMenuProps) {
  const unread = useCall((call) => call.unread, 0);
  const { copy } = useCopy();
  const copyLink = async (): Promise<void> => {
    const link = invitationLink(roomId);
    addToast(store, (await copy(link)) ? 'Invitation link copied' : link);
  };
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger asChild>
        <IconButton label={unread > 0 ? `More, ${unread} unread messages` : 'More'} look="round" data-testid="more">
          <Ellipsis size={22} aria-hidden />
          {unread > 0 ? (
            <span className={css['count']} aria-hidden>
              {unread}
            </span>
          ) : null}
        </IconButton>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className={css['menu']} sideOffset={8} collisionPadding={8} data-scheme="dark">
          <Menu.Item className={css['item']} onSelect={() => app().call?.setPanel('chat')}>
            <MessageSquareText size={20} aria-hidden /> Chat
          </Menu.Item>
          <Menu.Item className={css['item']} onSelect={() => app().call?.setPanel('people')}>
            <Users size={20} aria-hidden /> People
          </Menu.Item>
          <Menu.Item className={css['item']} onSelect={() => void copyLink()}>
            <Link size={20} aria-hidden /> Copy invitation link
          </Menu.Item>
          <AudioOnlyItem />
          <Menu.Item className={css['item']} onSelect={() => app().call?.setPanel('statistics')}>
            <ChartSpline size={20} aria-hidden /> Statistics
          </Menu.Item>
          <Menu.Item className={css['item']} onSelect={onSettings}>
            <Settings size={20} aria-hidden /> Settings
          </Menu.Item>
          <HostItems onEnd={onEnd} />
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}
