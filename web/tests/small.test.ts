import { describe, expect, it } from 'vitest';
import { failureOf } from '../src/core/devices';
import { parseFlags } from '../src/core/flags';
import { scaleLevel } from '../src/core/levels';
import { splitLinks } from '../src/core/links';
import { dropOrphanLines, scaleDownBy } from '../src/core/publish';
import { findRoomId } from '../src/core/room-link';
import { seatsFor } from '../src/core/sfu-leg';
import { cleanName, DEFAULT_PREFERENCES, readPreferences } from '../src/core/storage';
import { sceneOf } from '../src/core/tiles';
import type { Participant } from '../src/core/protocol';

describe('findRoomId', () => {
  const id = 'babab-dafil-gosiv-lutok';
  it.each([
    id,
    ` ${id} `,
    `https://meet.example.org/r/${id}`,
    `https://meet.example.org/r/${id}?video=320x180`,
    'Babab-Dafil-Gosiv-Lutok',
    'babab dafil gosiv lutok',
    `Come to ${id} at nine`,
  ])('finds it in "%s"', (text) => expect(findRoomId(text)).toBe(id));
  it.each(['', 'hello', 'babab-dafil-gosiv', 'https://example.org/'])('finds none in "%s"', (text) =>
    expect(findRoomId(text)).toBeNull());
});

describe('names and preferences', () => {
  it('takes control characters and direction overrides out of names, and cuts at 64 characters', () => {
    expect(cleanName('  Ada\u0000\u202e  Lovelace')).toBe('Ada Lovelace');
    expect(Array.from(cleanName('🦊'.repeat(80)))).toHaveLength(64);
  });
  it('reads what it wrote', () => {
    const stored = { ...DEFAULT_PREFERENCES, name: 'Ada', theme: 'dark' as const, cameraOn: false, speakerId: 'x' };
    expect(readPreferences(JSON.stringify(stored))).toEqual(stored);
  });
  it.each([null, '', '{', '[]', '7', '{"name":7,"theme":"pink","sounds":"yes"}'])('falls back to the defaults for %s', (text) =>
    expect(readPreferences(text)).toEqual(DEFAULT_PREFERENCES));
});

describe('publishing', () => {
  it('never enlarges', () => {
    expect(scaleDownBy(180)).toBe(1);
    expect(scaleDownBy(1440)).toBe(2);
  });
  it('drops feedback lines of payload types that are gone from their section', () => {
    const sdp = 'v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:97 nack\r\na=fmtp:97 apt=96\r\n';
    expect(dropOrphanLines(sdp)).toBe('v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\n');
  });
  it.each([
    [1, 24, 2],
    [3, 24, 4],
    [5, 24, 8],
    [17, 24, 24],
    [60, 24, 24],
    [9, 6, 6],
  ])('asks for seats in steps: %i wanted of at most %i are %i', (wanted, most, seats) => expect(seatsFor(wanted, most)).toBe(seats));
});

describe('devices and levels', () => {
  it.each([
    ['NotAllowedError', 'denied'],
    ['NotFoundError', 'missing'],
    ['OverconstrainedError', 'missing'],
    ['NotReadableError', 'busy'],
    ['TypeError', 'unknown'],
  ])('calls %s %s', (name, failure) => expect(failureOf(new DOMException('', name))).toBe(failure));
  it('scales levels from silence to loud', () => {
    expect(scaleLevel(0)).toBe(0);
    expect(scaleLevel(1)).toBe(1);
    expect(scaleLevel(0.02)).toBeGreaterThan(0.4);
  });
});

describe('flags and links', () => {
  it('reads the debugging flags', () => {
    expect(parseFlags('?video=320x180&ice=relay&debug&codec=vp9')).toEqual({
      captureSize: { width: 320, height: 180 },
      relayOnly: true,
      debug: true,
      rawAudio: false,
      codec: 'vp9',
    });
    expect(parseFlags('?video=big').captureSize).toBeNull();
    expect(parseFlags('?codec=mpeg2').codec).toBeNull();
  });
  it('makes links of web addresses only', () => {
    expect(splitLinks('See https://a.example/x, or javascript:alert(1)')).toEqual([
      { text: 'See ', isLink: false },
      { text: 'https://a.example/x', isLink: true },
      { text: ', or javascript:alert(1)', isLink: false },
    ]);
  });
});

describe('sceneOf', () => {
  const person = (n: number, screen = false): Participant => ({
    participant_id: String(n).padStart(16, '0'),
    name: `P${n}`,
    order: n,
    state: 'present',
    sources: { microphone: true, camera: true, screen, 'screen-audio': false },
  });
  const people = (...list: Participant[]): Record<string, Participant> => Object.fromEntries(list.map((p) => [p.participant_id, p]));
  const selfId = 'f'.repeat(16);

  it('orders by arrival, oneself last', () => {
    const { tiles, stage } = sceneOf({ participants: people(person(3), person(1)), selfId, pinned: null, role: 'participant' });
    expect(tiles.map((tile) => tile.key)).toEqual([`${person(1).participant_id}:camera`, `${person(3).participant_id}:camera`, `${selfId}:camera`]);
    expect(stage).toBeNull();
  });
  it('puts a shared screen on the stage, and a pinned tile before it', () => {
    const participants = people(person(1), person(2, true));
    expect(sceneOf({ participants, selfId, pinned: null, role: 'participant' }).stage?.group).toBe('screen');
    const pinned = `${person(1).participant_id}:camera` as const;
    expect(sceneOf({ participants, selfId, pinned, role: 'participant' }).stage?.key).toBe(pinned);
  });
  it('shows nobody who only watches, neither others nor oneself', () => {
    const participants = people(person(1), { ...person(2), role: 'viewer' });
    const cameras = (role: 'participant' | 'viewer'): string[] => sceneOf({ participants, selfId, pinned: null, role }).tiles.map((tile) => tile.participantId);
    expect(cameras('participant')).toEqual([person(1).participant_id, selfId]);
    expect(cameras('viewer')).toEqual([person(1).participant_id]);
  });
  it('forgets a pin whose tile is gone', () => {
    expect(sceneOf({ participants: people(person(1)), selfId, pinned: '0:screen', role: 'participant' }).stage).toBeNull();
  });
});
