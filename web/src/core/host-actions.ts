// What a host may do to others and to the room. The server asks its rights table; here it is said if it failed.
import type { Participant, Source } from './protocol';
import type { Outgoing, Signalling } from './signalling';
import type { Store } from './store';
import { addToast } from './store';

export class HostActions {
  #signalling: Pick<Signalling, 'request'>;
  #store: Store;

  constructor(signalling: Pick<Signalling, 'request'>, store: Store) {
    this.#signalling = signalling;
    this.#store = store;
  }

  async mute(participantId: string, source: Source): Promise<void> {
    await this.#ask({ type: 'mute', participant_id: participantId, source });
  }

  async remove({ participant_id, name }: Participant): Promise<void> {
    const removed = await this.#ask({ type: 'remove', participant_id });
    const isLocked = this.#store.getState().call?.room.locked ?? false;
    if (removed && !isLocked) addToast(this.#store, `${name} can come back by the link, unless you lock the room.`);
  }

  async setLocked(locked: boolean): Promise<void> {
    await this.#ask({ type: 'lock', locked });
  }

  async admit(participantId: string, admitted: boolean): Promise<void> {
    await this.#ask({ type: 'admit', participant_id: participantId, admitted });
  }

  async end(): Promise<void> {
    await this.#ask({ type: 'end' });
  }

  async #ask(message: Outgoing): Promise<boolean> {
    const done = await this.#signalling.request(message).then(
      () => true,
      () => false,
    );
    if (!done) addToast(this.#store, 'That did not work. Try again in a moment.', 'problem');
    return done;
  }
}

/** What is said to whom a host muted. */
export const MUTED_WORDS: Readonly<Record<Source, (host: string) => string>> = {
  microphone: (host) => `${host} muted you. You can unmute yourself.`,
  camera: (host) => `${host} turned your camera off. You can turn it on again.`,
  screen: (host) => `${host} ended your screen sharing.`,
  'screen-audio': (host) => `${host} turned off the sound of your screen.`,
};
