import { MessageSquareText, MonitorUp, MonitorX, PhoneOff, Settings, Users } from 'lucide-react';
import { app } from '../core/app';
import { canShareScreen } from '../core/devices';
import { useApp, useCall } from '../hooks/use-app';
import { ConnectionBadge } from './ConnectionBadge';
import css from './ControlBar.module.css';
import { CopyLinkButton } from './CopyLinkButton';
import { IconButton } from './IconButton';
import { MoreMenu } from './MoreMenu';
import { SourceToggle } from './SourceToggle';

function ScreenToggle() {
  const isSharing = useApp((state) => state.local.enabled.screen);
  if (!canShareScreen()) return null;
  const Icon = isSharing ? MonitorX : MonitorUp;
  return (
    <IconButton
      label={isSharing ? 'Stop sharing' : 'Share screen'}
      look={isSharing ? 'active' : 'round'}
      aria-pressed={isSharing}
      onClick={() => void app().toggleScreen()}
      data-testid="toggle-screen"
    >
      <Icon size={22} aria-hidden />
    </IconButton>
  );
}

const PANELS = {
  chat: { label: 'Chat', Icon: MessageSquareText, key: 'C' },
  people: { label: 'People', Icon: Users, key: 'P' },
} as const;

function PanelButton({ panel }: { panel: keyof typeof PANELS }) {
  const isOpen = useCall((call) => call.panel === panel, false);
  const unread = useCall((call) => call.unread, 0);
  const people = useCall((call) => Object.keys(call.participants).length + 1, 1);
  const { label, Icon, key } = PANELS[panel];
  // What the button shows, its name says, too (WCAG 2.5.3).
  const spoken = panel === 'people' ? `${label}, ${people}` : unread > 0 ? `${label}, ${unread} unread` : label;
  return (
    <IconButton
      label={spoken}
      shortcut={key}
      look={isOpen ? 'open' : 'bare'}
      aria-expanded={isOpen}
      onClick={() => app().call?.setPanel(isOpen ? null : panel)}
      data-testid={`open-${panel}`}
    >
      <Icon size={20} aria-hidden />
      {panel === 'chat' && unread > 0 ? (
        <span className={css['count']} data-testid="unread-count" aria-hidden>
          {unread > 99 ? '99+' : unread}
        </span>
      ) : null}
      {panel === 'people' ? (
        <span className={`${css['count']} ${css['people']}`} aria-hidden>
          {people}
        </span>
      ) : null}
    </IconButton>
  );
}

/** What one sends oneself. */
function OwnSources() {
  const isWatching = useCall((call) => call.role === 'viewer', false);
  if (isWatching) return <span className={css['watching']}>You are watching</span>;
  return (
    <>
      <SourceToggle kind="microphone" />
      <SourceToggle kind="camera" />
      <ScreenToggle />
    </>
  );
}

interface ControlBarProps {
  roomId: string;
  onSettings: () => void;
  onEnd: () => void;
}

export function ControlBar({ roomId, onSettings, onEnd }: ControlBarProps) {
  return (
    <div className={css['bar']} role="toolbar" aria-label="Call controls">
      <div className={css['info']}>
        <ConnectionBadge />
      </div>
      <div className={css['centre']}>
        <OwnSources />
        <MoreMenu roomId={roomId} onSettings={onSettings} onEnd={onEnd} />
        <IconButton label="Leave" look="danger" onClick={() => void app().leave()} data-testid="leave">
          <PhoneOff size={22} aria-hidden />
        </IconButton>
      </div>
      <div className={css['side']}>
        <CopyLinkButton roomId={roomId} look="icon" />
        <PanelButton panel="people" />
        <PanelButton panel="chat" />
        <IconButton label="Settings" onClick={onSettings} data-testid="open-settings">
          <Settings size={20} aria-hidden />
        </IconButton>
      </div>
    </div>
  );
}
