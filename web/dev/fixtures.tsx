// Every state of the page with made-up people, for looking at the design: /fixtures.html?state=grid9.
// Of the development server only; not in the build.
import '@fontsource-variable/inter/wght.css';
import '../src/styles/tokens.css';
import '../src/styles/base.css';
import { createRoot } from 'react-dom/client';
import { App } from '../src/App';
import { tileKey } from '../src/core/leg';
import type { ChatMessage, Participant } from '../src/core/protocol';
import type { TileMedia } from '../src/core/playout';
import type { AppState, CallState, Page, Problem } from '../src/core/store';
import { addToast, INITIAL_STATE, store } from '../src/core/store';
import { portrait, sharedDocument } from './portraits';

const NAMES = [
  'Ada Lovelace', 'Grace Hopper', 'Emmy Noether', 'Alan Turing', 'Hedy Lamarr', 'Claude Shannon', 'Katherine Johnson',
  'Edsger Dijkstra', 'Radia Perlman', 'Vint Cerf', 'Margaret Hamilton', 'Donald Knuth', 'Barbara Liskov', 'Ken Thompson',
  'Frances Allen', 'Dennis Ritchie', 'Jean Bartik', 'Jon Postel', 'Annie Easley', 'Tim Berners-Lee', 'Mary Jackson',
  'Niklaus Wirth', 'Adele Goldberg', 'John Backus', 'Sophie Wilson', 'Tony Hoare',
] as const;
const ROOM_ID = 'babab-dafil-gosiv-lutok';
const SELF = 'f'.repeat(16);
const idOf = (index: number): string => (index + 1).toString(16).padStart(16, '0');

const room = { room_id: ROOM_ID, name: '', mode: 'auto', capacity: 50, created_at: '2026-01-05T09:00:00Z' } as const;

const person = (index: number): Participant => ({
  participant_id: idOf(index),
  name: NAMES[index % NAMES.length] ?? 'Guest',
  order: index,
  state: 'present',
  sources: { microphone: index % 4 !== 2, camera: index % 6 !== 4, screen: false, 'screen-audio': false },
});

const mediaOf = (stream: MediaStream, id: number): TileMedia => ({ layers: [{ id, stream }], codecProblem: false });

const CHAT: ChatMessage[] = [
  ['Ada Lovelace', 'Good morning! The draft is at https://example.org/plan', 0],
  ['Grace Hopper', 'Thanks. I read it on the train; two notes on the second page, nothing big.', 1],
  ['You', 'Shall we start with those?', -1],
  ['Grace Hopper', 'Yes please.', 1],
].map(([name, text, index], at) => ({
  message_id: at + 1,
  participant_id: index === -1 ? SELF : idOf(Number(index)),
  name: String(name),
  text: String(text),
  sent_at: new Date(Date.UTC(2026, 0, 5, 9, at)).toISOString(),
}));

function callWith(others: number, change: Partial<CallState> = {}): CallState {
  const people = Array.from({ length: others }, (_, index) => person(index));
  const cameras = people.map((p, index) => [tileKey(p.participant_id, 'camera'), mediaOf(portrait(index), index + 1)] as const);
  return {
    room,
    selfId: SELF,
    selfName: 'Mary Somerville',
    participants: Object.fromEntries(people.map((p) => [p.participant_id, p])),
    media: Object.fromEntries(cameras),
    speaking: others > 0 ? [idOf(0)] : [],
    dominantId: null,
    chat: CHAT,
    unread: 0,
    panel: null,
    pinned: null,
    connection: { leg: others === 0 ? null : others === 1 ? 'p2p' : 'sfu', switching: false, signallingLost: false, mediaLost: false },
    quality: { path: others === 1 ? 'direct' : 'server', rtt_ms: 24, lossPercent: 0 },
    soundBlocked: false,
    pushToTalk: false,
    ...change,
  };
}

function sharing(): CallState {
  const call = callWith(5);
  const sharer = call.participants[idOf(1)];
  if (!sharer) return call;
  const shares = { ...sharer, sources: { ...sharer.sources, screen: true } };
  return {
    ...call,
    participants: { ...call.participants, [idOf(1)]: shares },
    media: { ...call.media, [tileKey(idOf(1), 'screen')]: mediaOf(sharedDocument(), 99) },
  };
}

const inCall: Page = { name: 'call', roomId: ROOM_ID };
const preview = (present: readonly string[]): Page => ({ name: 'preview', roomId: ROOM_ID, room, present, joining: false });
const local = INITIAL_STATE.local;
const on = { ...local, enabled: { ...local.enabled, microphone: true, camera: true } };

function fixture(name: string): Partial<AppState> {
  const grid = /^grid(\d+)$/.exec(name)?.[1];
  if (grid) return { page: inCall, call: callWith(Number(grid) - 1), local: on };
  const problem = /^problem-(.+)$/.exec(name)?.[1];
  if (problem) return { page: { name: 'problem', problem: problem as Problem, roomId: ROOM_ID, retryAfterS: problem === 'too_many' ? 20 : null } };
  const device = /^device-(.+)$/.exec(name)?.[1];
  if (device) {
    const failure = device as 'denied' | 'missing' | 'busy' | 'insecure';
    return { page: preview(['Ada Lovelace']), ownTracks: INITIAL_STATE.ownTracks, local: { ...local, failures: { microphone: failure === 'missing' ? null : failure, camera: failure } } };
  }
  switch (name) {
    case 'preview':
      return { page: preview(['Ada Lovelace', 'Grace Hopper']), local: on };
    case 'chat':
      return { page: inCall, call: callWith(3, { panel: 'chat' }), local: on };
    case 'people':
      return { page: inCall, call: callWith(5, { panel: 'people' }), local: on };
    case 'share':
      return { page: inCall, call: sharing(), local: on };
    case 'share-chat':
      return { page: inCall, call: { ...sharing(), panel: 'chat' }, local: on };
    case 'pinned':
      return { page: inCall, call: callWith(6, { pinned: tileKey(idOf(2), 'camera') }), local: on };
    case 'reconnecting':
      return { page: inCall, call: callWith(2, { connection: { leg: 'sfu', switching: false, signallingLost: true, mediaLost: false } }), local: on };
    case 'sound-blocked':
      return { page: inCall, call: callWith(2, { soundBlocked: true, unread: 3 }), local: local };
    case 'left':
      return { page: { name: 'left', roomId: ROOM_ID, why: 'left' } };
    case 'unsupported':
      return { page: { name: 'unsupported' } };
    default:
      return { page: { name: 'start' } };
  }
}

const name = new URLSearchParams(window.location.search).get('state') ?? 'start';
const [ownPicture] = portrait(11).getVideoTracks();
store.setState({
  ...INITIAL_STATE,
  preferences: { ...INITIAL_STATE.preferences, name: 'Mary Somerville' },
  ownTracks: { camera: ownPicture ?? null, microphone: null, screen: null },
  ...fixture(name),
});
if (name === 'chat' || name === 'grid5') setTimeout(() => addToast(store, 'Katherine Johnson joined'), 300);

// Without a call nobody reports first frames.
const style = new CSSStyleSheet();
style.replaceSync('video { opacity: 1 !important }');
document.adoptedStyleSheets = [style];

const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);
