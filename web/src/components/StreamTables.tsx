import { tileKey } from '../core/leg';
import { rateWords } from '../core/quality';
import type { ReceivedStream, SentStream } from '../core/statistics';
import { useCall } from '../hooks/use-app';
import css from './Statistics.module.css';

const sizeWords = (width: number, height: number): string => (width > 0 ? `${width}×${height}` : '–');

const PAUSES = { bandwidth: 'paused: slow connection', hidden: 'not shown', audio_only: 'audio only' } as const;

function ReceivedRow({ stream }: { stream: ReceivedStream }) {
  const name = useCall((call) => call.participants[stream.participantId]?.name, undefined) ?? 'Gone';
  const paused = useCall((call) => call.media[tileKey(stream.participantId, stream.group)]?.paused ?? null, null);
  return (
    <tr>
      <th scope="row">
        {name}
        {stream.group === 'screen' ? ', screen' : ''}
      </th>
      <td>{paused ? PAUSES[paused] : sizeWords(stream.width, stream.height)}</td>
      <td>{paused ? '' : stream.fps}</td>
      <td>{paused ? '' : rateWords(stream.kbps)}</td>
      <td>{stream.freezes}</td>
    </tr>
  );
}

export function ReceivedTable({ streams }: { streams: readonly ReceivedStream[] }) {
  return (
    <div className={css['table']}>
      <table>
        <caption>Pictures you receive</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">Size</th>
            <th scope="col">
              <abbr title="Frames per second">fps</abbr>
            </th>
            <th scope="col">Rate</th>
            <th scope="col">Freezes</th>
          </tr>
        </thead>
        <tbody>
          {streams.map((stream) => (
            <ReceivedRow key={stream.id} stream={stream} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const LIMITS: Readonly<Record<string, string>> = { bandwidth: 'connection', cpu: 'computer', other: 'browser' };

function stateOf({ active, limitedBy }: SentStream): string {
  if (!active) return 'not needed';
  return limitedBy ? `held back: ${LIMITS[limitedBy] ?? limitedBy}` : 'sent';
}

function SentRow({ stream }: { stream: SentStream }) {
  const codec = [stream.codec, stream.mode].filter(Boolean).join(' ');
  return (
    <tr data-active={stream.active}>
      <th scope="row">{stream.kind === 'video' ? sizeWords(stream.width, stream.height) : 'Sound'}</th>
      <td>{codec}</td>
      <td>{stream.kind === 'video' && stream.active ? stream.fps : ''}</td>
      <td>{rateWords(stream.kbps)}</td>
      <td>{stateOf(stream)}</td>
    </tr>
  );
}

export function SentTable({ streams }: { streams: readonly SentStream[] }) {
  return (
    <div className={css['table']}>
      <table>
        <caption>What you send</caption>
        <thead>
          <tr>
            <th scope="col">Layer</th>
            <th scope="col">Codec</th>
            <th scope="col">
              <abbr title="Frames per second">fps</abbr>
            </th>
            <th scope="col">Rate</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {streams.map((stream) => (
            <SentRow key={stream.id} stream={stream} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
