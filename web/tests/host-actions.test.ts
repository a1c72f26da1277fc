import { beforeEach, describe, expect, it } from 'vitest';
import { HostActions } from '../src/core/host-actions';
import type { Outgoing } from '../src/core/signalling';
import { SignallingError } from '../src/core/signalling';
import { newCallState, newStore } from '../src/core/store';
import { ADA, ALL_ON, BOB, joinedMessage } from './fakes';

const { room } = joinedMessage();
const ben = { participant_id: BOB, name: 'Ben', order: 1, sources: ALL_ON, state: 'present' as const };

let sent: Outgoing[];
let isRefused: boolean;

function make(locked = false) {
  const store = newStore();
  store.setState({ call: newCallState({ room: { ...room, locked }, selfId: ADA, selfName: 'Ada', role: 'host', participants: { [BOB]: ben }, chat: [] }) });
  const request = (message: Outgoing) => {
    sent.push(message);
    return isRefused ? Promise.reject(new SignallingError('not_allowed')) : Promise.resolve({ type: 'ok' as const });
  };
  return { store, host: new HostActions({ request }, store), toasts: () => store.getState().toasts.map((toast) => toast.text) };
}

beforeEach(() => {
  [sent, isRefused] = [[], false];
});

describe('HostActions', () => {
  it('asks the server', async () => {
    const { host, toasts } = make();
    await host.mute(BOB, 'screen');
    await host.setLocked(true);
    await host.end();
    expect(sent).toEqual([{ type: 'mute', participant_id: BOB, source: 'screen' }, { type: 'lock', locked: true }, { type: 'end' }]);
    expect(toasts()).toEqual([]);
  });
  it('says how to keep somebody out, unless that is done already', async () => {
    const open = make();
    await open.host.remove(ben);
    expect(open.toasts()).toEqual(['Ben can come back by the link, unless you lock the room.']);
    const locked = make(true);
    await locked.host.remove(ben);
    expect(locked.toasts()).toEqual([]);
  });
  it('says when it did not work', async () => {
    isRefused = true;
    const { host, toasts } = make();
    await host.remove(ben);
    expect(toasts()).toEqual(['That did not work. Try again in a moment.']);
  });
});
