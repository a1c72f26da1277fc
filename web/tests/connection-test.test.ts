import { describe, expect, it } from 'vitest';
import type { Way, WayState, WayStates } from '../src/core/connection-test';
import { adviceOf, ALL_TESTING, serversFor, testConnection, verdictOf, WAYS } from '../src/core/connection-test';

const SERVERS = [
  {
    urls: ['stun:h:3478', 'turn:h:3478?transport=udp', 'turn:h:3478?transport=tcp', 'turns:h:5349?transport=tcp'],
    username: '1:u',
    credential: 'c',
  },
];

/** What a made-up network lets through. */
interface Network {
  host: boolean;
  /** null: neither candidate nor error, as without address translation; a number: so many addresses got no answer. */
  stun: boolean | null | number;
  /** Addresses of the host; 1. */
  hosts?: number;
  relays: readonly string[];
  /** Candidates come, and nothing else does. */
  isSilent?: boolean;
}

type Candidate = { type: string; protocol?: string; candidate: string } | null;

class Peer extends EventTarget {
  localDescription: object | null = null;
  closed = false;
  #other: Peer | null = null;
  constructor(
    readonly config: RTCConfiguration,
    readonly network: Network,
  ) {
    super();
  }
  #give(candidate: Candidate): void {
    this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate }));
  }
  createDataChannel(): object {
    return Object.assign(new EventTarget(), { send: () => undefined });
  }
  setLocalDescription(): Promise<void> {
    this.localDescription = { of: this };
    queueMicrotask(() => this.#gather());
    return Promise.resolve();
  }
  #gather(): void {
    const { host, stun, relays, isSilent, hosts = 1 } = this.network;
    const urls = (this.config.iceServers ?? []).flatMap((server) => server.urls);
    if (this.config.iceTransportPolicy !== 'relay') {
      for (let i = 0; host && i < hosts; i += 1) this.#give({ type: 'host', protocol: 'udp', candidate: 'h' });
      if (stun === true) this.#give({ type: 'srflx', candidate: 's' });
      for (let i = 0; i < (stun === false ? hosts : Number(stun === true ? 0 : stun)); i += 1) this.dispatchEvent(new Event('icecandidateerror'));
    } else if (urls.some((url) => relays.includes(url))) this.#give({ type: 'relay', candidate: urls.join() });
    if (!isSilent) this.#give(null);
  }
  setRemoteDescription({ of }: { of: Peer }): Promise<void> {
    this.#other = of;
    return Promise.resolve();
  }
  /** A candidate of the other side is enough here for a message to come through. */
  addIceCandidate(): Promise<void> {
    const channel = new EventTarget();
    if (this.#other && !this.network.isSilent)
      queueMicrotask(() => {
        this.dispatchEvent(Object.assign(new Event('datachannel'), { channel }));
        channel.dispatchEvent(Object.assign(new Event('message'), { data: 'parley' }));
      });
    return Promise.resolve();
  }
  close(): void {
    this.closed = true;
  }
}

async function run(network: Network, servers = SERVERS, abort = new AbortController()) {
  const peers: Peer[] = [];
  const states: Record<Way, WayState> = { ...ALL_TESTING };
  const order: Way[] = [];
  await testConnection(servers, {
    signal: abort.signal,
    wait_ms: 20,
    onState: (way, state) => {
      states[way] = state;
      order.push(way);
    },
    makePeer: (config) => {
      const peer = new Peer(config, network);
      peers.push(peer);
      return peer as unknown as RTCPeerConnection;
    },
  });
  return { peers, states, order };
}

const ALL_RELAYS = SERVERS.flatMap((server) => server.urls.slice(1));
const states = (host: WayState, srflx: WayState, udp: WayState, tcp: WayState, tls: WayState): WayStates => ({
  host,
  srflx,
  'relay-udp': udp,
  'relay-tcp': tcp,
  'relay-tls': tls,
});

describe('serversFor', () => {
  it('keeps the password, and the URLs of one way alone', () => {
    expect(serversFor(SERVERS, 'stun')[0]?.urls).toEqual(['stun:h:3478']);
    expect(serversFor(SERVERS, 'relay-udp')).toEqual([{ urls: ['turn:h:3478?transport=udp'], username: '1:u', credential: 'c' }]);
    expect(serversFor(SERVERS, 'relay-tcp')[0]?.urls).toEqual(['turn:h:3478?transport=tcp']);
    expect(serversFor(SERVERS, 'relay-tls')[0]?.urls).toEqual(['turns:h:5349?transport=tcp']);
  });
  it('takes a turn: URL without a transport for UDP, and one URL for a list', () => {
    expect(serversFor([{ urls: ['turn:h'] }], 'relay-udp')).toHaveLength(1);
    expect(serversFor([{ urls: ['turn:h'] }], 'relay-tcp')).toEqual([]);
  });
});

describe('testConnection', () => {
  it('says in order that all works, and closes what it opened', async () => {
    const { peers, states: found, order } = await run({ host: true, stun: true, relays: ALL_RELAYS });
    expect(found).toEqual(states('works', 'works', 'works', 'works', 'works'));
    expect(order).toEqual([...WAYS]);
    expect(peers).toHaveLength(7);
    expect(peers.every((peer) => peer.closed)).toBe(true);
    expect(peers.slice(1).every((peer) => peer.config.iceTransportPolicy === 'relay')).toBe(true);
  });
  it('takes a gathering without errors for an answer of STUN', async () => {
    expect((await run({ host: true, stun: null, relays: [] })).states.srflx).toBe('works');
    expect((await run({ host: true, stun: false, relays: [] })).states.srflx).toBe('fails');
    expect((await run({ host: true, hosts: 2, stun: 1, relays: [] })).states.srflx).toBe('works');
    expect((await run({ host: true, hosts: 2, stun: 2, relays: [] })).states.srflx).toBe('fails');
    expect((await run({ host: false, stun: null, relays: [] })).states).toMatchObject({ host: 'fails', srflx: 'fails' });
  });
  it('tells each relay by itself', async () => {
    const { states: found } = await run({ host: true, stun: true, relays: ALL_RELAYS.slice(1) });
    expect(found).toEqual(states('works', 'works', 'fails', 'works', 'works'));
  });
  it('does not wait longer than it may', async () => {
    const { states: found } = await run({ host: true, stun: null, relays: ALL_RELAYS, isSilent: true });
    expect(found).toEqual(states('works', 'fails', 'fails', 'fails', 'fails'));
  });
  it('says what the server does not offer', async () => {
    const { states: found } = await run({ host: true, stun: true, relays: [] }, []);
    expect(found).toEqual(states('works', 'not-offered', 'not-offered', 'not-offered', 'not-offered'));
  });
  it('says nothing more once it is aborted', async () => {
    const abort = new AbortController();
    abort.abort();
    expect((await run({ host: true, stun: true, relays: ALL_RELAYS }, SERVERS, abort)).order).toEqual([]);
  });
});

describe('words', () => {
  it('there are for every state of every way', () => {
    for (const way of WAYS)
      for (const state of ['testing', 'works', 'fails', 'not-offered'] as const) expect(verdictOf(way, state).length).toBeGreaterThan(5);
  });
  it.each([
    [states('works', 'works', 'works', 'works', 'testing'), null],
    [states('works', 'works', 'works', 'works', 'works'), 'Everything works'],
    [states('works', 'works', 'works', 'fails', 'fails'), 'Calls will work from'],
    [states('works', 'fails', 'fails', 'works', 'fails'), 'let UDP through'],
    [states('works', 'fails', 'fails', 'fails', 'works'), 'let UDP through'],
    [states('works', 'fails', 'fails', 'fails', 'fails'), 'hotspot'],
    [states('works', 'works', 'fails', 'fails', 'not-offered'), 'look at its relay'],
    [states('works', 'works', 'not-offered', 'not-offered', 'not-offered'), 'offers no relay'],
    [states('works', 'not-offered', 'not-offered', 'not-offered', 'not-offered'), 'offers no relay'],
    [states('works', 'fails', 'not-offered', 'not-offered', 'not-offered'), 'hotspot'],
  ])('advice for %o', (found, words) => {
    if (words === null) expect(adviceOf(found)).toBeNull();
    else expect(adviceOf(found)).toContain(words);
  });
});
