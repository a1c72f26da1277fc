// What this network lets through of STUN and TURN: candidates are gathered, and relays carry a real message.
import type { IceServer } from './protocol';

/** In the order in which they are tried and shown. */
export const WAYS = ['host', 'srflx', 'relay-udp', 'relay-tcp', 'relay-tls'] as const;
export type Way = (typeof WAYS)[number];
type RelayWay = Exclude<Way, 'host' | 'srflx'>;

export type WayState = 'testing' | 'works' | 'fails' | 'not-offered';
export type WayStates = Readonly<Record<Way, WayState>>;

export const ALL_TESTING: WayStates = {
  host: 'testing',
  srflx: 'testing',
  'relay-udp': 'testing',
  'relay-tcp': 'testing',
  'relay-tls': 'testing',
};

/** Chromium 156 asks a STUN server for 9.5 s before it gives up. */
const WAIT_MS = 12_000;
const QUICK_MS = 4_000;

type MakePeer = (config: RTCConfiguration) => RTCPeerConnection;
const browserPeer: MakePeer = (config) => new RTCPeerConnection(config);

export interface ConnectionTestOptions {
  onState: (way: Way, state: WayState) => void;
  signal: AbortSignal;
  makePeer?: MakePeer;
  wait_ms?: number;
}

// ---- URLs ------------------------------------------------------------------------------------------------

const FITS: Readonly<Record<'stun' | RelayWay, (url: string) => boolean>> = {
  stun: (url) => /^stuns?:/.test(url),
  'relay-udp': (url) => url.startsWith('turn:') && !/[?&]transport=tcp/.test(url),
  'relay-tcp': (url) => url.startsWith('turn:') && /[?&]transport=tcp/.test(url),
  'relay-tls': (url) => url.startsWith('turns:'),
};

/** The servers with those of their URLs that serve one way; empty: it is not offered. */
export function serversFor(servers: readonly IceServer[], way: 'stun' | RelayWay): RTCIceServer[] {
  return servers
    .map((server) => ({ ...server, urls: [server.urls].flat().filter(FITS[way]) }))
    .filter((server) => server.urls.length > 0);
}

// ---- host and reflexive ----------------------------------------------------------------------------------

interface Gathered {
  hosts: number;
  hasReflexive: boolean;
  complete: boolean;
  errors: number;
  took_ms: number;
}

/** Ends at the first reflexive candidate, with the gathering, or with the time. */
function gather(pc: RTCPeerConnection, wait_ms: number): Promise<Gathered> {
  const started_ms = performance.now();
  let [hosts, errors] = [0, 0];
  return new Promise((resolve) => {
    const end = (complete: boolean, hasReflexive = false): void => {
      clearTimeout(timer);
      resolve({ hosts, hasReflexive, complete, errors, took_ms: performance.now() - started_ms });
    };
    const timer = setTimeout(() => end(false), wait_ms);
    pc.addEventListener('icecandidateerror', () => (errors += 1));
    pc.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate?.type === 'host' && candidate.protocol === 'udp') hosts += 1;
      if (candidate === null || candidate.type === 'srflx') end(true, candidate !== null);
    });
    pc.createDataChannel('test');
    void pc.setLocalDescription().catch(() => end(false));
  });
}

/**
 * Without address translation on the way the reflexive address is the host's own, and no candidate comes of it. Then each address
 * that got no answer is an error; a browser that tells no errors has waited for answers instead.
 */
function isAnswered({ hosts, hasReflexive, complete, errors, took_ms }: Gathered): boolean {
  if (hasReflexive) return true;
  return complete && (errors > 0 ? hosts > errors : hosts > 0 && took_ms < QUICK_MS);
}

async function testDirect(servers: readonly IceServer[], options: Required<ConnectionTestOptions>): Promise<void> {
  const stun = serversFor(servers, 'stun');
  const pc = options.makePeer({ iceServers: stun });
  const gathered = await gather(pc, options.wait_ms);
  pc.close();
  options.onState('host', gathered.hosts > 0 ? 'works' : 'fails');
  options.onState('srflx', stun.length === 0 ? 'not-offered' : isAnswered(gathered) ? 'works' : 'fails');
}

// ---- relays ----------------------------------------------------------------------------------------------

async function negotiate(a: RTCPeerConnection, b: RTCPeerConnection): Promise<void> {
  await a.setLocalDescription();
  if (a.localDescription) await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription();
  if (b.localDescription) await a.setRemoteDescription(b.localDescription);
}

/** Descriptions and candidates for each other; onFail also with the first one's last candidate, if it found none. */
function introduce(a: RTCPeerConnection, b: RTCPeerConnection, onFail: () => void): void {
  let found = 0;
  const described = negotiate(a, b);
  const pass = (candidate: RTCIceCandidate | null, to: RTCPeerConnection): void => {
    // A candidate is refused where there is no description yet.
    if (candidate?.candidate) void described.then(() => to.addIceCandidate(candidate)).catch(onFail);
  };
  a.addEventListener('icecandidate', ({ candidate }) => {
    pass(candidate, b);
    if (candidate?.candidate) found += 1;
    else if (candidate === null && found === 0) onFail();
  });
  b.addEventListener('icecandidate', ({ candidate }) => pass(candidate, a));
  void described.catch(onFail);
}

/** Whether a message gets through between two connections that may use relays alone. */
function carries(a: RTCPeerConnection, b: RTCPeerConnection, { wait_ms, signal }: Required<ConnectionTestOptions>): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (works: boolean): void => {
      clearTimeout(timer);
      resolve(works);
    };
    const timer = setTimeout(() => end(false), wait_ms);
    signal.addEventListener('abort', () => end(false), { once: true });
    const channel = a.createDataChannel('test');
    channel.addEventListener('open', () => channel.send('parley'));
    b.addEventListener('datachannel', (event) => {
      event.channel.addEventListener('message', ({ data }) => end(data === 'parley'));
    });
    introduce(a, b, () => end(false));
  });
}

async function testRelay(way: RelayWay, servers: readonly IceServer[], options: Required<ConnectionTestOptions>): Promise<void> {
  const iceServers = serversFor(servers, way);
  if (iceServers.length === 0) {
    options.onState(way, 'not-offered');
    return;
  }
  const config: RTCConfiguration = { iceServers, iceTransportPolicy: 'relay' };
  const [a, b] = [options.makePeer(config), options.makePeer(config)];
  const works = await carries(a, b, options);
  a.close();
  b.close();
  options.onState(way, works ? 'works' : 'fails');
}

/** One after another: a TURN server allows each person a few allocations at a time. */
export async function testConnection(servers: readonly IceServer[], given: ConnectionTestOptions): Promise<void> {
  const onState = (way: Way, state: WayState): void => {
    if (!given.signal.aborted) given.onState(way, state);
  };
  const options = { makePeer: browserPeer, wait_ms: WAIT_MS, ...given, onState };
  await testDirect(servers, options);
  for (const way of ['relay-udp', 'relay-tcp', 'relay-tls'] as const) {
    if (given.signal.aborted) return;
    await testRelay(way, servers, options);
  }
}

// ---- words -----------------------------------------------------------------------------------------------

export const WAY_NAMES: Readonly<Record<Way, string>> = {
  host: 'Network address',
  srflx: 'Direct over UDP',
  'relay-udp': 'Relay over UDP',
  'relay-tcp': 'Relay over TCP',
  'relay-tls': 'Relay over TLS',
};

const VERDICTS: Readonly<Record<Way, Readonly<{ works: string; fails: string }>>> = {
  host: { works: 'Your browser has an address to call from.', fails: 'Your browser shows no address: a setting or an extension hides it.' },
  srflx: { works: 'Your public address was found, so calls of two can go directly.', fails: 'No answer over UDP: calls of two cannot go directly.' },
  'relay-udp': { works: 'Works, where nothing direct does.', fails: 'Blocked, or the relay is not there.' },
  'relay-tcp': { works: 'Works, for networks without UDP.', fails: 'Blocked, or the relay is not there.' },
  'relay-tls': { works: 'Works, for networks that let only encrypted web traffic out.', fails: 'Blocked, or the relay’s certificate is not trusted.' },
};

export function verdictOf(way: Way, state: WayState): string {
  if (state === 'testing') return 'Trying…';
  return state === 'not-offered' ? 'This server does not offer it.' : VERDICTS[way][state];
}

/** One sentence; null while something is still being tried. */
export function adviceOf(states: WayStates): string | null {
  const is = (state: WayState, ...ways: Way[]): boolean => ways.every((way) => states[way] === state);
  const works = (way: Way): boolean => states[way] === 'works';
  if (WAYS.some((way) => states[way] === 'testing')) return null;
  if (is('works', ...WAYS)) return 'Everything works: calls will find a way from this network.';
  if (works('relay-udp')) return 'Calls will work from this network.';
  if (works('relay-tcp') || works('relay-tls'))
    return 'Calls will work over a relay, with more delay: ask whoever runs this network to let UDP through.';
  const hasNoRelay = is('not-offered', 'relay-udp', 'relay-tcp', 'relay-tls');
  if (hasNoRelay && states.srflx !== 'fails') return 'Calls will work where a direct way exists: this server offers no relay.';
  if (!works('srflx')) return 'Calls will hardly work from this network: try another one, such as your phone’s hotspot, or ask whoever runs it to let UDP through.';
  return 'Calls will work only where a direct way exists: ask whoever runs this server to look at its relay.';
}
