import { Mic, MicOff, MonitorUp, Video, VideoOff } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Participant, Role, SourcesEnabled } from '../core/protocol';
import { othersWords, ownWords } from '../core/quality';
import { useApp, useCall } from '../hooks/use-app';
import { Avatar } from './Avatar';
import { CopyLinkButton } from './CopyLinkButton';
import css from './Panel.module.css';
import { PersonMenu } from './PersonMenu';
import { QualityBars } from './QualityBars';
import { SidePanel } from './SidePanel';

interface PersonProps {
  id: string;
  name: string;
  note: string;
  isSelf?: boolean;
  role: Role;
  sources: SourcesEnabled;
  actions?: ReactNode;
}

function SourceIcons({ id, sources }: { id: string; sources: SourcesEnabled }) {
  const speaking = useCall((call) => call.speaking.includes(id), false);
  const MicIcon = sources.microphone ? Mic : MicOff;
  const CamIcon = sources.camera ? Video : VideoOff;
  const micLook = sources.microphone ? (speaking ? css['talks'] : '') : css['off'];
  return (
    <>
      {sources.screen ? <MonitorUp size={18} aria-label="Shares the screen" /> : null}
      <CamIcon size={18} aria-label={sources.camera ? 'Camera on' : 'Camera off'} />
      <MicIcon size={18} className={micLook} aria-label={sources.microphone ? 'Microphone on' : 'Muted'} />
    </>
  );
}

function Person({ id, name, note, isSelf = false, role, sources, actions }: PersonProps) {
  const grade = useCall((call) => call.grades[id], undefined);
  const words = grade ? (isSelf ? ownWords(grade) : othersWords(grade)) : '';
  return (
    <li
      className={css['person']}
      data-testid="person"
      data-participant={id}
      data-role={role}
      data-microphone={sources.microphone ? 'on' : 'off'}
      data-camera={sources.camera ? 'on' : 'off'}
    >
      <Avatar name={name} className={css['face']} />
      <div className={css['who']}>
        <p>{name}</p>
        {note ? <small>{note}</small> : null}
        {grade && grade.score < 3 ? <small className={css['weak']}>{words}</small> : null}
      </div>
      <div className={css['icons']}>
        {grade ? <QualityBars grade={grade} words={words} /> : null}
        {role === 'viewer' ? null : <SourceIcons id={id} sources={sources} />}
      </div>
      {actions}
    </li>
  );
}

const ROLES: Record<Role, string> = { host: 'Host', participant: '', viewer: 'Only watches' };

const noteOf = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(', ');

const NOBODY: Readonly<Record<string, Participant>> = {};

export function PeoplePanel({ roomId }: { roomId: string }) {
  const participants = useCall((call) => call.participants, NOBODY);
  const selfId = useCall((call) => call.selfId, '');
  const selfName = useCall((call) => call.selfName, '');
  const role = useCall((call) => call.role, 'participant');
  const isLocked = useCall((call) => call.room.locked ?? false, false);
  const enabled = useApp((state) => state.local.enabled);
  const others = Object.values(participants).sort((a, b) => a.name.localeCompare(b.name));
  return (
    <SidePanel title={`People (${others.length + 1})`} testId="people-panel">
      {isLocked ? (
        <p className={css['locked']} data-testid="locked">
          The room is locked: nobody new comes in.
        </p>
      ) : null}
      <ul className={css['body']} aria-label="People in this room">
        <Person id={selfId} name={selfName} note={noteOf('You', ROLES[role])} isSelf role={role} sources={enabled} />
        {others.map((person) => (
          <Person
            key={person.participant_id}
            id={person.participant_id}
            name={person.name}
            note={noteOf(ROLES[person.role ?? 'participant'], person.state === 'reconnecting' ? 'Reconnecting…' : '')}
            role={person.role ?? 'participant'}
            sources={person.sources}
            actions={role === 'host' ? <PersonMenu person={person} /> : null}
          />
        ))}
      </ul>
      <div className={css['invite']}>
        <CopyLinkButton roomId={roomId} look="text" />
      </div>
    </SidePanel>
  );
}
