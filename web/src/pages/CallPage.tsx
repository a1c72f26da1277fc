import { useState } from 'react';
import { Banners } from '../components/Banners';
import { ChatPanel } from '../components/ChatPanel';
import { ControlBar } from '../components/ControlBar';
import { DebugPanel } from '../components/DebugPanel';
import { EndDialog } from '../components/EndDialog';
import { PeoplePanel } from '../components/PeoplePanel';
import { SettingsDialog } from '../components/SettingsDialog';
import { StatisticsPanel } from '../components/StatisticsPanel';
import { VideoArea } from '../components/VideoArea';
import { flags } from '../core/flags';
import { useCall } from '../hooks/use-app';
import { useShortcuts } from '../hooks/use-shortcuts';
import css from './CallPage.module.css';

export function CallPage({ roomId }: { roomId: string }) {
  useShortcuts();
  const panel = useCall((call) => call.panel, null);
  const [settings, setSettings] = useState(false);
  const [ending, setEnding] = useState(false);
  return (
    <div className={css['page']} data-scheme="dark" data-testid="call">
      <h1 className="visually-hidden">Call in {roomId}</h1>
      <div className={css['middle']}>
        <main className={css['main']} aria-label="People in the call">
          <VideoArea roomId={roomId} />
          <Banners />
          {flags.debug ? <DebugPanel /> : null}
        </main>
        <div className={css['panel']}>
          {panel === 'chat' ? <ChatPanel /> : null}
          {panel === 'people' ? <PeoplePanel roomId={roomId} /> : null}
          {panel === 'statistics' ? <StatisticsPanel /> : null}
        </div>
      </div>
      <ControlBar roomId={roomId} onSettings={() => setSettings(true)} onEnd={() => setEnding(true)} />
      <SettingsDialog isOpen={settings} onClose={() => setSettings(false)} />
      <EndDialog isOpen={ending} onClose={() => setEnding(false)} />
    </div>
  );
}
