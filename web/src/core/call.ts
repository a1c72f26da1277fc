// One stay in a room: what the server says becomes state, what the person does becomes messages.
import { CallMedia } from './call-media';
import { decodableCodecs } from './codecs';
import { HostActions, MUTED_WORDS } from './host-actions';
import type { TileKey } from './leg';
import { playChime } from './levels';
import type { LocalMedia } from './local-media';
import type { PeerFactory } from './peer';
import { byId, withNews, wordsOf } from './people';
import { Playout } from './playout';
import type { Knock, Notification, Participant, Room, ServerChat, ServerJoined, ServerMuted, ServerParticipantLeft, ServerParticipants } from './protocol';
import type { Ticket } from './rest';
import type { SignallingEnd } from './signalling';
import { Signalling } from './signalling';
import { SpeakingWatch } from './speaking';
import { StatisticsWatch } from './statistics';
import type { Panel, Store } from './store';
import { addToast, newCallState, updateCall } from './store';
import { ViewReport } from './view-report';

export interface CallOptions {
  store: Store;
  ticket: Ticket;
  /** Another ticket, with what was shown at the door the first time. */
  renewTicket: () => Promise<Ticket>;
  name: string;
  local: LocalMedia;
  peers: PeerFactory;
  audioHost: HTMLElement;
  /** In the lobby, until a host decides. */
  onWaiting: () => void;
  onEnded: (why: SignallingEnd) => void;
}

const MAX_CHAT = 500;
/** From here on the server tells of changes in a large room together. */
const MINOR_TOGETHER = 3;

export class Call {
  readonly signalling: Signalling;
  readonly playout: Playout;
  readonly host: HostActions;
  #options: CallOptions;
  #store: Store;
  #media: CallMedia | null = null;
  #view: ViewReport | null = null;
  #statistics: StatisticsWatch | null = null;
  #speaking: SpeakingWatch;
  #cleanUps: (() => void)[] = [];

  constructor(options: CallOptions) {
    this.#options = options;
    this.#store = options.store;
    const { ticket, name, renewTicket } = options;
    this.signalling = new Signalling({
      url: ticket.ws_url,
      token: ticket.token,
      name,
      renewToken: async () => (await renewTicket()).token,
    });
    this.host = new HostActions(this.signalling, this.#store);
    this.playout = new Playout(options.audioHost);
    this.#speaking = new SpeakingWatch({
      legs: () => this.#media?.legs.legs ?? [],
      microphone: () => (options.local.enabled.microphone ? options.local.tracks.microphone : null),
      selfId: () => this.#store.getState().call?.selfId ?? '',
      onChange: (speaking) => updateCall(this.#store, { speaking }),
    });
  }

  get media(): CallMedia | null {
    return this.#media;
  }
  get view(): ViewReport | null {
    return this.#view;
  }

  async join(): Promise<void> {
    this.signalling.on('notification', (message) => this.#onNotification(message));
    this.signalling.on('lost', () => this.#setConnection());
    this.signalling.on('resumed', (joined) => this.#onResumed(joined));
    this.signalling.on('ended', (why) => this.#onEnded(why));
    const joined = await this.signalling.join();
    this.#startState(joined);
    this.#startMedia(joined);
    this.#askForTogether();
    this.#sendSources();
  }

  async leave(): Promise<void> {
    this.#close();
    await this.signalling.leave();
  }

  async sendChat(text: string): Promise<boolean> {
    const sent = await this.signalling.request({ type: 'chat', text }).then(
      () => true,
      () => false,
    );
    if (!sent) addToast(this.#store, 'Your message could not be sent. Try again in a moment.', 'problem');
    return sent;
  }

  setPanel(panel: Panel | null): void {
    updateCall(this.#store, (call) => ({ panel, unread: panel === 'chat' ? 0 : call.unread }));
  }

  setPinned(pinned: TileKey | null): void {
    updateCall(this.#store, { pinned });
    this.#view?.setPinned(pinned);
  }

  /** No pictures of others, by the person's own wish. */
  setAudioOnly(audioOnly: boolean): void {
    const announcement = audioOnly ? 'Audio only: pictures of others are off' : 'Pictures of others are on again';
    updateCall(this.#store, { audioOnly });
    this.#store.setState({ announcement });
    this.#view?.setAudioOnly(audioOnly);
  }

  #startState(joined: ServerJoined): void {
    const { participant_id: selfId, room, participants, chat } = joined;
    this.#protocolMinor = joined.protocol_minor ?? 0;
    const { role = 'participant' } = joined;
    const call = newCallState({ room, selfId, selfName: this.#options.name, role, participants: byId(participants), chat });
    this.#store.setState({ call: { ...call, knocks: joined.knocks ?? [] } });
  }

  #startMedia(joined: ServerJoined): void {
    const { local, peers, store } = this.#options;
    this.playout.on('change', (media) => updateCall(store, { media }));
    this.playout.on('blocked', (soundBlocked) => updateCall(store, { soundBlocked }));
    this.playout.setSpeaker(store.getState().preferences.speakerId);
    peers.setIceServers(joined.ice_servers);
    const media = new CallMedia({
      signalling: this.signalling,
      local,
      playout: this.playout,
      peers,
      joined,
      participants: () => store.getState().call?.participants ?? {},
      codecChoice: () => store.getState().preferences.codec,
      onChange: () => this.#setConnection(),
    });
    this.#media = media;
    const view = new ViewReport({
      protocolMinor: joined.protocol_minor ?? 0,
      send: (message) => {
        if (this.signalling.isOpen) this.signalling.post(message);
        return this.signalling.isOpen;
      },
    });
    this.#view = view;
    const statistics = new StatisticsWatch(store, () => media.legs.current);
    this.#statistics = statistics;
    const onOnline = (): void => {
      this.signalling.retryNow();
      media.onNetworkChange();
    };
    window.addEventListener('online', onOnline);
    this.#cleanUps.push(
      local.on('track', () => this.#sendSources()),
      local.on('change', () => this.#sendSources()),
      () => window.removeEventListener('online', onOnline),
      () => view.close(),
      () => statistics.stop(),
    );
    statistics.start();
    media.start();
    this.#speaking.start();
  }

  #lastSources = '';
  /** Of the server's version 1: a member that came with 1.1 goes to no older one. */
  #protocolMinor = 0;
  #sendSources(): void {
    const sources = this.#options.local.enabled;
    const text = JSON.stringify(sources);
    if (text === this.#lastSources || !this.signalling.isOpen) return;
    this.#lastSources = text;
    this.signalling.post(this.#protocolMinor > 0 ? { type: 'sources', sources, decodes: decodableCodecs() } : { type: 'sources', sources });
  }

  /** In a large room, changes of who is there come many in one message; asked for on each socket. */
  #askForTogether(): void {
    if (this.#protocolMinor >= MINOR_TOGETHER) this.signalling.post({ type: 'participants' });
  }

  #onNotification(message: Notification): void {
    switch (message.type) {
      case 'participant-joined':
        return this.#onJoined(message.participant);
      case 'participant-left':
        return this.#onLeft(message);
      case 'participant-updated':
        return this.#setParticipant(message.participant);
      case 'participants':
        return this.#onParticipants(message);
      case 'mode':
        return this.#media?.onMode(message);
      case 'mode-done':
        return this.#media?.onModeDone(message);
      case 'media-restart':
        return this.#media?.onMediaRestart(message);
      case 'seats':
        return this.#media?.onSeats(message.seats);
      case 'publish':
        return this.#media?.onPublish(message);
      case 'quality':
        return this.#statistics?.onServerQuality(message);
      case 'description':
      case 'candidate':
        return this.#media?.onRelayed(message);
      case 'speakers':
        this.#speaking.onServerSpeakers(message);
        return updateCall(this.#store, { dominantId: message.dominant });
      case 'chat':
        return this.#onChat(message);
      case 'waiting':
        return this.#options.onWaiting();
      case 'knock':
        return this.#onKnock(message.knock);
      case 'knock-over':
        return updateCall(this.#store, ({ knocks }) => ({ knocks: knocks.filter((knock) => knock.participant_id !== message.participant_id) }));
      case 'muted':
        return this.#onMuted(message);
      case 'room-updated':
        return this.#onRoomUpdated(message.room);
      case 'closing':
        return;
      default:
        return unreachable(message);
    }
  }

  #onJoined(participant: Participant): void {
    this.#setParticipant(participant);
    addToast(this.#store, `${participant.name} joined`);
    this.#chime([523, 784]);
  }

  #onLeft({ participant_id: participantId, reason }: ServerParticipantLeft): void {
    const left = this.#store.getState().call?.participants[participantId];
    this.#change([], [participantId]);
    if (left) addToast(this.#store, reason === 'removed' ? `${left.name} was removed` : `${left.name} left`);
  }

  #onParticipants(news: ServerParticipants): void {
    const { participants: people = {}, selfId = '' } = this.#store.getState().call ?? {};
    this.#change(news.participants, news.left.map(({ participant_id: id }) => id));
    for (const words of wordsOf(news, people, selfId)) addToast(this.#store, words);
  }

  #setParticipant(participant: Participant): void {
    this.#change([participant], []);
  }

  #change(changed: readonly Participant[], left: readonly string[]): void {
    updateCall(this.#store, ({ participants, pinned, selfId, selfName }) => {
      const { [selfId]: self, ...others } = withNews(participants, left, changed);
      return {
        participants: others,
        selfName: self?.name ?? selfName,
        pinned: left.some((id) => pinned?.startsWith(id)) ? null : pinned,
      };
    });
    for (const id of left) this.#media?.onOtherLeft(id);
    this.#media?.onParticipantsChanged();
  }

  /** Said to the server by the same way as one's own muting. */
  #onMuted({ source, by }: ServerMuted): void {
    const host = this.#store.getState().call?.participants[by]?.name ?? 'A host';
    void this.#options.local.stop(source);
    addToast(this.#store, MUTED_WORDS[source](host));
  }

  #onKnock(knock: Knock): void {
    updateCall(this.#store, ({ knocks }) => ({ knocks: [...knocks, knock] }));
    this.#store.setState({ announcement: `${knock.name} wants to come in` });
    this.#chime([659]);
  }

  #onRoomUpdated(room: Room): void {
    const wasLocked = this.#store.getState().call?.room.locked ?? false;
    updateCall(this.#store, { room });
    if ((room.locked ?? false) === wasLocked) return;
    addToast(this.#store, room.locked ? 'The room is locked now: nobody new comes in.' : 'The room is open again.');
  }

  #onChat({ message }: ServerChat): void {
    const call = this.#store.getState().call;
    if (!call || call.chat.some((known) => known.message_id === message.message_id)) return;
    const isOwn = message.participant_id === call.selfId;
    const isSeen = call.panel === 'chat' || isOwn;
    updateCall(this.#store, {
      chat: [...call.chat, message].slice(-MAX_CHAT),
      unread: isSeen ? call.unread : call.unread + 1,
    });
    if (isSeen) {
      if (!isOwn) this.#store.setState({ announcement: `${message.name}: ${message.text}` });
      return;
    }
    addToast(this.#store, message.text, 'chat', message.name);
    this.#chime([880]);
  }

  #onResumed(joined: ServerJoined): void {
    const call = this.#store.getState().call;
    if (!call) return;
    const present = byId(joined.participants);
    const gone = Object.keys(call.participants).filter((id) => !present[id]);
    const missed = joined.chat.filter((m) => !call.chat.some((known) => known.message_id === m.message_id));
    updateCall(this.#store, {
      room: joined.room,
      knocks: joined.knocks ?? [],
      participants: present,
      chat: [...call.chat, ...missed].slice(-MAX_CHAT),
      unread: call.panel === 'chat' ? 0 : call.unread + missed.length,
    });
    this.#options.peers.setIceServers(joined.ice_servers);
    for (const id of gone) this.#media?.onOtherLeft(id);
    this.#media?.onResumed(joined);
    this.#view?.resend();
    this.#media?.onParticipantsChanged();
    this.#lastSources = '';
    this.#protocolMinor = joined.protocol_minor ?? 0;
    this.#askForTogether();
    this.#sendSources();
    this.#setConnection();
    this.#store.setState({ announcement: 'Connection restored' });
  }

  #onEnded(why: SignallingEnd): void {
    this.#close();
    this.#options.onEnded(why);
  }

  #setConnection(): void {
    const legs = this.#media?.legs;
    const newest = legs?.newest ?? null;
    const working = legs?.legs.some((leg) => leg.state === 'connected') ?? false;
    updateCall(this.#store, {
      connection: {
        leg: (legs?.current ?? newest)?.kind ?? null,
        switching: legs?.next !== null && legs?.current !== null,
        signallingLost: !this.signalling.isOpen,
        mediaLost: legs?.current !== null && legs?.current !== undefined && !working,
      },
    });
  }

  #chime(frequencies_hz: readonly number[]): void {
    if (this.#store.getState().preferences.sounds) playChime(frequencies_hz);
  }

  #close(): void {
    for (const cleanUp of this.#cleanUps.splice(0)) cleanUp();
    this.#speaking.stop();
    this.#media?.close();
    this.playout.close();
  }
}

/** The compiler sees to it that every message has its case. */
function unreachable(message: never): void {
  console.warn('parley: no use for', message);
}
