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
import type { Sample } from '../src/core/statistics';
import type { AppState, CallState, Grade, Page, Problem } from '../src/core/store';
import { addToast, INITIAL_STATE, newCallState, store } from '../src/core/store';
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

const mediaOf = (stream: MediaStream, id: number): TileMedia => ({ layers: [{ id, stream }], codecProblem: false, paused: null });

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
    ...newCallState({ room, selfId: SELF, selfName: 'Mary Somerville', role: 'host', participants: Object.fromEntries(people.map((p) => [p.participant_id, p])), chat: CHAT }),
    media: Object.fromEntries(cameras),
    speaking: others > 0 ? [idOf(0)] : [],
    connection: { leg: others === 0 ? null : others === 1 ? 'p2p' : 'sfu', switching: false, signallingLost: false, mediaLost: false },
    quality: { path: others === 1 ? 'direct' : 'server', rtt_ms: 24, lossPercent: 0 },
    grades: others > 0 ? gradesOf(people) : {},
    ...change,
  };
}

function gradesOf(people: readonly Participant[]): Record<string, Grade> {
  const fine: Grade = { score: 4, reason: 'fine' };
  return { [SELF]: fine, ...Object.fromEntries(people.map((p) => [p.participant_id, fine])) };
}

const REASONS: readonly Grade[] = [
  { score: 1, reason: 'sender' },
  { score: 2, reason: 'loss' },
  { score: 3, reason: 'delay' },
  { score: 0, reason: 'no_feedback' },
];

/** Some weak connections, one's own too. */
function weak(others: number, change: Partial<CallState> = {}): CallState {
  const call = callWith(others, change);
  const grades = Object.fromEntries(REASONS.map((grade, index) => [idOf(index), grade] as const));
  const ownQuality = { down_kbps: 640, sent_kbps: 512, down_loss_permille: 34, rtt_ms: 182, up_kbps: 486, up_loss_permille: 5 };
  return { ...call, ownQuality, grades: { ...call.grades, ...grades, [SELF]: { score: 2, reason: 'bandwidth' } } };
}

/** The server has paused these pictures. */
function pausing(call: CallState, which: (index: number) => boolean, paused: 'bandwidth' | 'audio_only'): CallState {
  const media = Object.entries(call.media).map(([key, tile], index) => [key, which(index) ? { ...tile, paused } : tile] as const);
  return { ...call, media: Object.fromEntries(media) };
}

/** Two minutes: a good connection that breaks down to 600 kb/s and recovers. */
function samples(): Sample[] {
  return Array.from({ length: 60 }, (_, index) => {
    const isBad = index > 24 && index < 42;
    const estimate = isBad ? 600 : index >= 42 ? Math.min(3400, 600 + (index - 42) * 320) : 3400;
    const noise = Math.sin(index * 2.3) * 60 + Math.sin(index * 0.7) * 45;
    return {
      at_ms: index * 2000,
      down_kbps: Math.round(Math.min(2450, estimate * 0.92) + noise),
      up_kbps: Math.round(1980 + noise * 2),
      estimateDown_kbps: index < 2 ? null : estimate,
      estimateUp_kbps: 3900 + Math.round(noise),
      lossDownPercent: index > 24 && index < 28 ? 14 - (index - 25) * 4 : Math.max(0, noise / 300),
      lossUpPercent: 0,
      rtt_ms: Math.round((index > 24 && index < 29 ? 240 : 42) + noise / 12),
      freezes: index === 26 ? 0.8 : index === 27 ? 0.3 : 0,
    };
  });
}

function measured(call: CallState): CallState {
  const received = Object.values(call.participants).map((p, index) => ({
    id: p.participant_id,
    participantId: p.participant_id,
    group: 'camera' as const,
    width: [1280, 640, 320][index % 3] ?? 320,
    height: [720, 360, 180][index % 3] ?? 180,
    fps: [30, 30, 15][index % 3] ?? 15,
    kbps: [1580, 470, 96][index % 3] ?? 96,
    freezes: index % 3 === 1 ? 2 : 0,
  }));
  const layer = { kind: 'video' as const, codec: 'VP8', mode: 'L1T3', limitedBy: null, active: true };
  const sent = [
    { ...layer, id: 'm', kind: 'audio' as const, codec: 'red', mode: null, rid: null, width: 0, height: 0, fps: 0, kbps: 62 },
    { ...layer, id: 'f', rid: 'f', width: 1280, height: 720, fps: 0, kbps: 0, active: false },
    { ...layer, id: 'h', rid: 'h', width: 640, height: 360, fps: 30, kbps: 492, limitedBy: 'bandwidth' },
    { ...layer, id: 'q', rid: 'q', width: 320, height: 180, fps: 30, kbps: 148 },
  ];
  return { ...call, statistics: { samples: samples(), received, sent } };
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
const preview = (present: readonly string[]): Page => ({ name: 'preview', roomId: ROOM_ID, room, present, joining: false, waiting: false, door: null, givenName: null });
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
    case 'quality':
      return { page: inCall, call: weak(5), local: on };
    case 'quality-people':
      return { page: inCall, call: weak(5, { panel: 'people' }), local: on };
    case 'paused':
      return { page: inCall, call: pausing(weak(5), (index) => index % 2 === 1, 'bandwidth'), local: on };
    case 'paused-grid':
      return { page: inCall, call: pausing(weak(24), (index) => index % 3 > 0, 'bandwidth'), local: on };
    case 'starved':
      return { page: inCall, call: pausing(weak(4), () => true, 'bandwidth'), local: on };
    case 'audio-only':
      return { page: inCall, call: { ...pausing(callWith(4), () => true, 'audio_only'), audioOnly: true }, local: on };
    case 'statistics':
      return { page: inCall, call: measured(pausing(weak(5, { panel: 'statistics' }), (index) => index === 4, 'bandwidth')), local: on };
    case 'statistics-empty':
      return { page: inCall, call: callWith(2, { panel: 'statistics' }), local: on };
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
