import { describe, expect, it } from 'vitest';
import { isReply, parseServerMessage } from '../src/core/protocol';

const ID = '0123456789abcdef';
const speakers = { type: 'speakers', dominant: null, speakers: [{ participant_id: ID, level: 40 }] };

describe('parseServerMessage', () => {
  it('gives a message that fits the schema', () => {
    expect(parseServerMessage(JSON.stringify(speakers))).toEqual(speakers);
  });

  it('ignores fields it does not know, as the protocol allows a newer server to send', () => {
    expect(parseServerMessage(JSON.stringify({ ...speakers, mood: 'calm' }))?.type).toBe('speakers');
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '7'],
    ['null', 'null'],
    ['no type', '{}'],
    ['a type of the client', '{"type":"join","token":"x","name":"y"}'],
    ['an unknown type', '{"type":"dance"}'],
    ['a type that an object inherits', '{"type":"constructor"}'],
    ['a missing field', '{"type":"mode","mode":"sfu","epoch":1}'],
    ['a value out of its enum', '{"type":"mode","mode":"mesh","epoch":1,"reason":"first-pair"}'],
    ['a number where text is due', '{"type":"error","code":"internal","message":5}'],
    ['a participant id of another form', JSON.stringify({ ...speakers, dominant: 'Ada' })],
    ['a level out of range', JSON.stringify({ ...speakers, speakers: [{ participant_id: ID, level: 200 }] })],
  ])('refuses %s', (_what, text) => {
    expect(parseServerMessage(text)).toBeNull();
  });

  it('counts no code points: a name of 64 emoji is a name', () => {
    const participant = {
      participant_id: ID,
      name: '🦊'.repeat(64),
      order: 1,
      sources: { microphone: true, camera: true, screen: false, 'screen-audio': false },
      state: 'present',
    };
    expect(parseServerMessage(JSON.stringify({ type: 'participant-joined', participant }))).not.toBeNull();
  });

  it('tells replies from notifications', () => {
    const ok = parseServerMessage('{"type":"ok","id":3}');
    const mode = parseServerMessage(JSON.stringify(speakers));
    expect([ok && isReply(ok), mode && isReply(mode)]).toEqual([true, false]);
  });
});
