import { Mic, MicOff, MonitorUp, Video, VideoOff } from 'lucide-react';
import type { Participant, SourcesEnabled } from '../core/protocol';
import { useApp, useCall } from '../hooks/use-app';
import { Avatar } from './Avatar';
import { CopyLinkButton } from './CopyLinkButton';
import css from './Panel.module.css';
import { SidePanel } from './SidePanel';

interface PersonProps {
  id: string;
  name: string;
  note: string;
  sources: SourcesEnabled;
}

function Person({ id, name, note, sources }: PersonProps) {
  const speaking = useCall((call) => call.speaking.includes(id), false);
  const MicIcon = sources.microphone ? Mic : MicOff;
  const CamIcon = sources.camera ? Video : VideoOff;
  const micLook = sources.microphone ? (speaking ? css['talks'] : '') : css['off'];
  return (
    <li
      className={css['person']}
      data-testid="person"
      data-participant={id}
      data-microphone={sources.microphone ? 'on' : 'off'}
      data-camera={sources.camera ? 'on' : 'off'}
    >
      <Avatar name={name} className={css['face']} />
      <div className={css['who']}>
        <p>{name}</p>
        {note ? <small>{note}</small> : null}
      </div>
      <div className={css['icons']}>
        {sources.screen ? <MonitorUp size={18} aria-label="Shares the screen" /> : null}
        <CamIcon size={18} aria-label={sources.camera ? 'Camera on' : 'Camera off'} />
        <MicIcon size={18} className={micLook} aria-label={sources.microphone ? 'Microphone on' : 'Muted'} />
      </div>
    </li>
  );
}

const NOBODY: Readonly<Record<string, Participant>> = {};

export function PeoplePanel({ roomId }: { roomId: string }) {
  const participants = useCall((call) => call.participants, NOBODY);
  const selfId = useCall((call) => call.selfId, '');
  const selfName = useCall((call) => call.selfName, '');
  const enabled = useApp((state) => state.local.enabled);
  const others = Object.values(participants).sort((a, b) => a.name.localeCompare(b.name));
  return (
    <SidePanel title={`People (${others.length + 1})`} testId="people-panel">
      <ul className={css['body']} aria-label="People in this room">
        <Person id={selfId} name={selfName} note="You" sources={enabled} />
        {others.map((person) => (
          <Person
            key={person.participant_id}
            id={person.participant_id}
            name={person.name}
            note={person.state === 'reconnecting' ? 'Reconnecting…' : ''}
            sources={person.sources}
          />
        ))}
      </ul>
      <div className={css['invite']}>
        <CopyLinkButton roomId={roomId} look="text" />
      </div>
    </SidePanel>
  );
}
