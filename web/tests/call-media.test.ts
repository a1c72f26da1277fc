import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallMedia } from '../src/core/call-media';
import type { CodecChoice } from '../src/core/codecs';
import { Emitter } from '../src/core/emitter';
import type { LocalMedia } from '../src/core/local-media';
import type { PeerFactory } from '../src/core/peer';
import type { Playout } from '../src/core/playout';
import type { Participant, ServerJoined, ServerMode } from '../src/core/protocol';
import type { Outgoing, Signalling } from '../src/core/signalling';
import { SignallingError } from '../src/core/signalling';
import { ALL_ON, BOB, CLEO, FakePeer, joinedMessage } from './fakes';

/** A peer connection with transceivers that carry nothing. */
class MediaPeer extends FakePeer {
  transceivers: { mid: string | null; direction: string; kind: string }[] = [];
  senders: { kind: string; encodings: RTCRtpEncodingParameters[] }[] = [];
  addTransceiver(source: string | { kind: string }, init: RTCRtpTransceiverInit & { direction: string }): object {
    const kind = typeof source === 'string' ? source : source.kind;
    const own = { kind, encodings: init.sendEncodings ?? [] };
    const sender = {
      track: null,
      replaceTrack: () => Promise.resolve(),
      getParameters: () => ({ encodings: own.encodings.map((encoding) => ({ ...encoding })) }),
      setParameters: ({ encodings }: RTCRtpSendParameters) => Promise.resolve(void (own.encodings = encodings)),
    };
    if (init.direction === 'sendonly') this.senders.push(own);
    const mid = String(this.transceivers.length);
    const made = { mid, kind, direction: init.direction, sender, receiver: { track: { id: `r${mid}`, kind } }, currentDirection: null };
    this.transceivers.push(made);
    if (this.transceivers.length === 1) queueMicrotask(() => this.dispatchEvent(new Event('negotiationneeded')));
    return made;
  }
  encodingsOf(kind: string): string[] {
    return this.senders.find((sender) => sender.kind === kind)?.encodings.map((e) => `${e.rid ?? ''} ${e.active ?? true}`) ?? [];
  }
  getTransceivers(): object[] {
    return this.transceivers;
  }
  connect(): void {
    this.connectionState = 'connected';
    this.iceConnectionState = 'connected';
    this.dispatchEvent(new Event('connectionstatechange'));
  }
}

const person = (participant_id: string, order: number): Participant => ({
  participant_id,
  name: participant_id.slice(0, 3),
  order,
  // Nothing on: readiness then needs no decoding, which leg-switch.test.ts is about.
  sources: { ...ALL_ON, microphone: false, camera: false },
  state: 'present',
});
const modeMessage = (mode: 'p2p' | 'sfu', epoch: number, reason: ServerMode['reason']): ServerMode => ({ type: 'mode', mode, epoch, reason });

let posted: Outgoing[];
let offers: Outgoing[];
let peers: MediaPeer[];
let participants: Record<string, Participant>;
let refuse: boolean;
let choice: CodecChoice;

function newMedia(joined: ServerJoined = joinedMessage({ order: 5 })): CallMedia {
  const signalling = {
    isOpen: true,
    post: (message: Outgoing) => void posted.push(message),
    request: (message: Outgoing) => {
      offers.push(message);
      if (refuse) return Promise.reject(new SignallingError('unavailable'));
      return Promise.resolve({ type: 'answer', epoch: 0, sdp: 'answer' });
    },
  };
  const take = (): MediaPeer => {
    const peer = new MediaPeer();
    peers.push(peer);
    return peer;
  };
  const local = Object.assign(new Emitter(), { tracks: { microphone: null, camera: null, screen: null, 'screen-audio': null } });
  const playout = { sync: vi.fn(), withdraw: vi.fn(), forget: vi.fn(), startMeasuringGaps: vi.fn(), frameGaps: () => ({}) };
  return new CallMedia({
    signalling: signalling as unknown as Signalling,
    local: local as unknown as LocalMedia,
    playout: playout as unknown as Playout,
    peers: { take, takeBare: take, addRelays, warmUp: vi.fn() } as unknown as PeerFactory,
    joined,
    participants: () => participants,
    codecChoice: () => choice,
    onChange: vi.fn(),
  });
}

const addRelays = vi.fn();
const tick = (ms = 100) => vi.advanceTimersByTimeAsync(ms);
const types = (): string[] => posted.map((message) => message.type);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('MediaStream', vi.fn());
  vi.stubGlobal('RTCRtpReceiver', { getCapabilities: () => null });
  vi.stubGlobal('RTCRtpSender', { getCapabilities: () => ({ codecs: [{ mimeType: 'video/VP8' }, { mimeType: 'video/VP9' }] }) });
  vi.spyOn(console, 'warn').mockReturnValue();
  [posted, offers, peers, participants, refuse, choice] = [[], [], [], { [BOB]: person(BOB, 1) }, false, 'auto'];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A direct call that stands, and the third person's arrival. */
async function thirdJoins(media: CallMedia): Promise<void> {
  media.onMode(modeMessage('p2p', 1, 'first-pair'));
  peers[0]?.connect();
  await tick();
  participants = { ...participants, [CLEO]: person(CLEO, 9) };
  media.onMode(modeMessage('sfu', 2, 'third-joined'));
  await tick();
}

describe('CallMedia', () => {
  it('alone in a room makes no leg', () => {
    participants = {};
    const media = newMedia();
    media.start();
    expect(media.legs.legs).toEqual([]);
  });

  it('offers seats alone for whoever only watches', async () => {
    const media = newMedia(joinedMessage({ role: 'viewer', mode: { mode: 'sfu', epoch: 3, switching: false } }));
    media.start();
    await tick();
    expect(offers).toMatchObject([{ type: 'offer', new_leg: true, sources: [] }]);
    expect(peers[0]?.transceivers.map(({ direction }) => direction)).toEqual(['recvonly', 'recvonly', 'recvonly', 'recvonly']);
  });

  it('goes to the server at once in a room of mode sfu', async () => {
    const media = newMedia(joinedMessage({ mode: { mode: 'sfu', epoch: 3, switching: false } }));
    media.start();
    await tick();
    expect(offers).toMatchObject([{ type: 'offer', epoch: 3, new_leg: true }]);
  });

  it('has a leg to the server ready for a third, and sends what was prepared', async () => {
    const media = newMedia();
    media.onMode(modeMessage('p2p', 1, 'first-pair'));
    peers[0]?.connect();
    await tick();
    media.onModeDone({ type: 'mode-done', mode: 'p2p', epoch: 1 });
    await tick(3_000);
    const prepared = peers[1]?.localDescription?.sdp;
    expect([prepared, offers]).toEqual(['offer 1', []]);
    media.onMode(modeMessage('sfu', 2, 'third-joined'));
    await tick();
    expect(offers).toMatchObject([{ epoch: 2, sdp: prepared, new_leg: true }]);
    media.close();
  });

  it('closes the prepared leg when the call ends without a third', async () => {
    const media = newMedia();
    media.onMode(modeMessage('p2p', 1, 'first-pair'));
    peers[0]?.connect();
    await tick();
    media.onModeDone({ type: 'mode-done', mode: 'p2p', epoch: 1 });
    await tick(3_000);
    media.close();
    expect(peers.map((peer) => peer.connectionState)).toEqual(['closed', 'closed']);
  });

  it('takes relays to the server only when it cannot be reached without', async () => {
    addRelays.mockClear();
    const media = newMedia(joinedMessage({ mode: { mode: 'sfu', epoch: 3, switching: false } }));
    media.start();
    await tick(2_000);
    expect([addRelays.mock.calls.length, offers.length]).toEqual([0, 1]);
    await tick(1_000);
    expect([addRelays.mock.calls.length, peers[0]?.iceRestarts]).toEqual([1, 1]);
    expect(offers.at(-1)).toMatchObject({ new_leg: false });
  });

  it('offers first when it joined later, and waits for the offer when it was there before', async () => {
    newMedia(joinedMessage({ order: 5 })).onMode(modeMessage('p2p', 1, 'first-pair'));
    await tick();
    expect(posted[0]).toMatchObject({ type: 'description', to: BOB, epoch: 1, description: { type: 'offer' } });
    posted = [];
    newMedia(joinedMessage({ order: 0 })).onMode(modeMessage('p2p', 1, 'first-pair'));
    await tick();
    expect(posted).toEqual([]);
  });

  it('tells that the first pair stands', async () => {
    const media = newMedia();
    media.onMode(modeMessage('p2p', 1, 'first-pair'));
    peers[0]?.connect();
    await tick();
    expect(posted).toContainEqual({ type: 'mode-ready', epoch: 1 });
    expect(media.legs.current?.kind).toBe('p2p');
  });

  it('keeps the direct leg until mode-done', async () => {
    const media = newMedia();
    await thirdJoins(media);
    expect(offers).toMatchObject([{ epoch: 2, new_leg: true }]);
    peers[1]?.connect();
    await tick();
    expect(posted.at(-1)).toEqual({ type: 'mode-ready', epoch: 2 });
    expect([media.legs.current?.kind, peers[0]?.connectionState]).toEqual(['p2p', 'connected']);
    media.onModeDone({ type: 'mode-done', mode: 'sfu', epoch: 2 });
    expect([media.legs.current?.kind, peers[0]?.connectionState]).toEqual(['sfu', 'closed']);
  });

  it('offers own sources first, then seats in pairs of sound and picture', async () => {
    await thirdJoins(newMedia());
    const made = peers[1]?.transceivers.map((t) => `${t.kind} ${t.direction}`) ?? [];
    expect(made.slice(0, 4)).toEqual(['audio sendonly', 'video sendonly', 'audio recvonly', 'video recvonly']);
    expect(made).toHaveLength(2 + 2 * 2);
  });

  it('ignores messages of epochs that are over', async () => {
    const media = newMedia();
    await thirdJoins(media);
    media.onMode(modeMessage('p2p', 1, 'first-pair'));
    media.onModeDone({ type: 'mode-done', mode: 'p2p', epoch: 1 });
    expect([media.legs.current?.epoch, media.legs.next?.epoch]).toEqual([1, 2]);
  });

  it('tells when the direct way fails, and goes through the server when told to', async () => {
    const media = newMedia();
    media.onMode(modeMessage('p2p', 1, 'first-pair'));
    const [peer] = peers;
    if (peer) peer.connectionState = 'failed';
    peer?.dispatchEvent(new Event('connectionstatechange'));
    Object.assign(peer ?? {}, { restartIce: vi.fn() });
    await tick(13_000);
    expect(types()).toContain('mode-failed');
    media.onMode(modeMessage('sfu', 2, 'p2p-failed'));
    await tick();
    expect(offers).toMatchObject([{ epoch: 2, new_leg: true }]);
  });

  it('stays on its leg through the server when the way back to a direct one fails', async () => {
    const media = newMedia(joinedMessage({ order: 5, mode: { mode: 'sfu', epoch: 2, switching: false } }));
    media.start();
    await tick();
    peers[0]?.connect();
    await tick();
    media.onMode(modeMessage('p2p', 3, 'two-remain'));
    await tick();
    media.onMode(modeMessage('sfu', 4, 'p2p-failed'));
    await tick();
    expect(offers).toHaveLength(1);
    expect(posted.at(-1)).toEqual({ type: 'mode-ready', epoch: 4 });
    expect([media.legs.current?.epoch, media.legs.next]).toEqual([4, null]);
  });

  it('makes a new leg after media-restart and takes it over without the server saying so', async () => {
    const media = newMedia(joinedMessage({ mode: { mode: 'sfu', epoch: 2, switching: false } }));
    media.start();
    await tick();
    peers[0]?.connect();
    await tick();
    media.onMediaRestart({ type: 'media-restart', epoch: 2 });
    await tick();
    peers[1]?.connect();
    await tick();
    expect(offers).toMatchObject([{ new_leg: true }, { new_leg: true, epoch: 2 }]);
    expect([media.legs.current?.pc, media.legs.next]).toEqual([peers[1], null]);
    expect(types()).not.toContain('mode-ready');
  });

  it('asks for more seats when the room outgrows them', async () => {
    const media = newMedia(joinedMessage({ mode: { mode: 'sfu', epoch: 2, switching: false } }));
    media.start();
    await tick();
    participants = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`${i}`, person(`${i}`, i)]));
    media.onParticipantsChanged();
    await tick();
    expect(offers).toMatchObject([{ new_leg: true }, { new_leg: false }]);
    expect(peers[0]?.transceivers).toHaveLength(2 + 2 * 8);
  });

  it('tries refused offers again, ever more slowly', async () => {
    refuse = true;
    const media = newMedia(joinedMessage({ mode: { mode: 'sfu', epoch: 2, switching: false } }));
    media.start();
    await tick(20_000);
    expect(offers.length).toBeGreaterThan(3);
    expect(offers.length).toBeLessThan(8);
    refuse = false;
    await tick(11_000);
    peers.at(-1)?.connect();
    await tick();
    expect(media.legs.current?.kind).toBe('sfu');
  });

  it('stops and starts layers as the server says; a new leg begins with all', async () => {
    const media = newMedia(joinedMessage({ mode: { mode: 'sfu', epoch: 2, switching: false } }));
    media.start();
    await tick();
    media.onPublish({ type: 'publish', sources: [{ source: 'camera', layers: [true, false, false], max_temporal: 2 }] });
    await tick();
    expect(peers[0]?.encodingsOf('video')).toEqual(['q true', 'h false', 'f false']);
    media.onMediaRestart({ type: 'media-restart', epoch: 2 });
    await tick();
    expect(peers[1]?.encodingsOf('video')).toEqual(['q true', 'h true', 'f true']);
  });

  it('makes another leg when the codec setting changes, and keeps the former until it stands', async () => {
    const media = newMedia(joinedMessage({ mode: { mode: 'sfu', epoch: 2, switching: false } }));
    media.start();
    await tick();
    peers[0]?.connect();
    await tick();
    choice = 'vp9';
    participants = { [BOB]: { ...person(BOB, 1), decodes: ['vp8', 'vp9'] } };
    media.replan();
    await tick(1_200);
    expect([peers.length, media.legs.current?.pc === (peers[0] as unknown), offers.at(-1)]).toMatchObject([2, true, { new_leg: true, epoch: 2 }]);
    peers[1]?.connect();
    await tick();
    expect([media.legs.current?.pc === (peers[1] as unknown), peers[0]?.connectionState]).toEqual([true, 'closed']);
  });

  it('closes the direct leg when the other leaves', async () => {
    const media = newMedia();
    media.onMode(modeMessage('p2p', 1, 'first-pair'));
    peers[0]?.connect();
    await tick();
    participants = {};
    media.onOtherLeft(BOB);
    expect([media.legs.legs, peers[0]?.connectionState]).toEqual([[], 'closed']);
  });
});
