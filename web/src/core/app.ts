// What the person can do, from any page; owns the parts and their lives.
import { Call } from './call';
import { comeBack } from './coming-back';
import { installDebug } from './debug';
import type { CaptureKind } from './devices';
import type { Wish } from './entry';
import { doorOf, enterRoom, NO_WISH, normalPassword } from './entry';
import { keepHostKey } from './host-keys';
import { takePass } from './passes';
import { LocalMedia } from './local-media';
import { PeerFactory } from './peer';
import type { IceServer } from './protocol';
import type { Problem, Store } from './store';
import { addToast, INITIAL_STATE, store, updateCall } from './store';
import type { Ticket } from './rest';
import { createRoom, RestError } from './rest';
import { findRoomId, roomPath } from './room-link';
import type { SignallingEnd } from './signalling';
import { SignallingError } from './signalling';
import type { Preferences } from './storage';
import { cleanName, loadPreferences, savePreferences } from './storage';

/** A token lasts 60 s; an older ticket is renewed at the click on Join. */
const TICKET_FRESH_MS = 50_000;

export interface NewRoom {
  /** '': none. */
  password: string;
  /** Hosts let people in one by one. */
  lobby: boolean;
}

export class App {
  #store: Store;
  #local: LocalMedia | null = null;
  #peers = new PeerFactory();
  /** How the call was entered, to come back in. */
  #entered: { name: string; wish: Wish } = { name: '', wish: NO_WISH };
  #ticket: Ticket | null = null;
  #call: Call | null = null;
  #audioHost: HTMLElement;
  readonly timings = { joinClickedAt_ms: 0, joinedAt_ms: 0 };

  constructor(target: Store, audioHost: HTMLElement) {
    this.#store = target;
    this.#audioHost = audioHost;
  }

  get call(): Call | null {
    return this.#call;
  }

  start(): void {
    this.#store.setState({ preferences: loadPreferences() });
    installDebug(this, this.#store);
    window.addEventListener('popstate', () => this.#route());
    window.addEventListener('pagehide', () => void this.#call?.signalling.leave());
    this.#route();
  }

  // ---- pages -------------------------------------------------------------------------------------------

  goHome(): void {
    this.#navigate('/');
    this.#route();
  }

  async createAndEnter({ password, lobby }: NewRoom): Promise<void> {
    try {
      const room = await createRoom({ ...(password ? { password: normalPassword(password) } : {}), ...(lobby ? { lobby } : {}) });
      if (room.host_key) keepHostKey(room.room_id, room.host_key);
      this.openRoom(room.room_id);
    } catch (error) {
      this.#showProblem(error, null);
    }
  }

  openRoom(roomId: string): void {
    this.#navigate(roomPath(roomId));
    this.#route();
  }

  // ---- preview -----------------------------------------------------------------------------------------

  async join(wish: Wish = NO_WISH): Promise<void> {
    const { page, preferences } = this.#store.getState();
    if (page.name !== 'preview' || page.joining || !this.#local) return;
    this.timings.joinClickedAt_ms = performance.now();
    this.#store.setState({ page: { ...page, joining: true } });
    const name = cleanName(preferences.name).trim() || 'Guest';
    try {
      await this.#enterCall(page.roomId, name, wish);
    } catch (error) {
      // Given up meanwhile: the page shows something else by now.
      if (!this.#isJoining(page.roomId)) return;
      this.#endCall();
      this.#onRefused(error, page.roomId, wish);
    }
  }

  /** Out of the lobby again, before anybody answered. */
  cancelJoin(): void {
    const { page } = this.#store.getState();
    if (page.name !== 'preview' || !page.waiting) return;
    const call = this.#call;
    this.#endCall();
    this.#closeDevices();
    this.#showPreview(page.roomId);
    void call?.leave();
  }

  /** Those of this room's ticket, for a test of the connection. */
  async iceServers(): Promise<readonly IceServer[]> {
    const { page } = this.#store.getState();
    if (page.name !== 'preview') throw new Error('there is no preview');
    const isFresh = this.#ticket && performance.now() - this.#ticket.issued_at_ms < TICKET_FRESH_MS;
    const ticket = isFresh && this.#ticket ? this.#ticket : await this.#fetchTicket(page.roomId, NO_WISH);
    return ticket.ice_servers;
  }

  setPreferences(change: Partial<Preferences>): void {
    const preferences = { ...this.#store.getState().preferences, ...change };
    this.#store.setState({ preferences });
    savePreferences(preferences);
    if (change.speakerId !== undefined) this.#call?.playout.setSpeaker(change.speakerId);
    if (change.codec !== undefined) this.#call?.media?.replan();
  }

  // ---- devices -----------------------------------------------------------------------------------------

  async setSource(kind: CaptureKind, enabled: boolean): Promise<void> {
    if (this.#isWatching) return;
    this.setPreferences(kind === 'camera' ? { cameraOn: enabled } : { microphoneOn: enabled });
    await this.#local?.setEnabled(kind, enabled);
    const failure = this.#local?.state.failures[kind];
    if (enabled && failure && this.#call) addToast(this.#store, DEVICE_TOASTS[kind][failure], 'problem');
  }

  toggle(kind: CaptureKind): void {
    void this.setSource(kind, !this.#store.getState().local.enabled[kind]);
  }

  /** Held space: the microphone is open while it lasts, and what is remembered does not change. */
  async pushToTalk(isHeld: boolean): Promise<void> {
    const { call, local } = this.#store.getState();
    if (!call || !this.#local || this.#isWatching || call.pushToTalk === isHeld || (isHeld && local.enabled.microphone)) return;
    updateCall(this.#store, { pushToTalk: isHeld });
    await this.#local.setEnabled('microphone', isHeld);
  }

  async useDevice(kind: CaptureKind, deviceId: string): Promise<void> {
    this.setPreferences(kind === 'camera' ? { cameraId: deviceId } : { microphoneId: deviceId });
    await this.#local?.useDevice(kind, deviceId);
  }

  async retryDevices(): Promise<void> {
    await this.#local?.open();
  }

  async toggleScreen(): Promise<void> {
    if (!this.#local || this.#isWatching) return;
    if (this.#local.enabled.screen) {
      this.#local.stopScreen();
      return;
    }
    const shared = await this.#local.shareScreen().catch(() => {
      addToast(this.#store, 'The screen could not be shared.', 'problem');
      return false;
    });
    if (shared) this.#store.setState({ announcement: 'You are sharing your screen' });
  }

  async leave(): Promise<void> {
    const call = this.#call;
    this.#onCallEnded('left');
    await call?.leave();
  }

  // ---- within ------------------------------------------------------------------------------------------

  #isJoining(roomId: string): boolean {
    const { page } = this.#store.getState();
    return page.name === 'preview' && page.roomId === roomId && page.joining;
  }

  get #isWatching(): boolean {
    return this.#store.getState().call?.role === 'viewer';
  }

  #navigate(path: string): void {
    window.history.pushState(null, '', path + window.location.search);
  }

  #route(): void {
    const roomId = findRoomId(window.location.pathname);
    if (this.#call) {
      void this.#call.leave();
      this.#endCall();
    }
    if (typeof RTCPeerConnection === 'undefined' || typeof WebSocket === 'undefined') {
      this.#store.setState({ page: { name: 'unsupported' } });
    } else if (roomId) this.#showPreview(roomId);
    else {
      this.#closeDevices();
      this.#store.setState({ page: { name: 'start' } });
    }
  }

  #showPreview(roomId: string): void {
    this.#ticket = null;
    // Out of the address bar: what is copied from there is an invitation, and not this person.
    if (takePass(roomId, window.location.hash)) window.history.replaceState(null, '', roomPath(roomId) + window.location.search);
    this.#store.setState({ page: { name: 'preview', roomId, room: null, present: [], joining: false, waiting: false, door: null, givenName: null } });
    this.#openDevices();
    void this.#fetchTicket(roomId, NO_WISH).catch((error: unknown) => this.#onRefused(error, roomId, NO_WISH));
  }

  /** Asked for during the preview: tells early that a room is gone or full, and saves a round trip later. */
  async #fetchTicket(roomId: string, wish: Wish): Promise<Ticket> {
    const ticket = await enterRoom(roomId, wish);
    this.#ticket = ticket;
    this.#peers.setIceServers(ticket.ice_servers);
    this.#peers.warmUp();
    const { page } = this.#store.getState();
    if (page.name === 'preview' && page.roomId === roomId) {
      const present = ticket.participants.map((participant) => participant.name);
      this.#store.setState({ page: { ...page, room: ticket.room, present, door: null, givenName: ticket.name } });
    }
    return ticket;
  }

  async #enterCall(roomId: string, name: string, wish: Wish): Promise<void> {
    this.#entered = { name, wish };
    const isFresh = this.#ticket && performance.now() - this.#ticket.issued_at_ms < TICKET_FRESH_MS;
    const isReady = isFresh && !wish.watch && wish.password === '';
    const ticket = isReady && this.#ticket ? this.#ticket : await this.#fetchTicket(roomId, wish);
    const local = ticket.role === 'viewer' ? this.#watchOnly() : this.#local;
    if (!local) return;
    this.#ticket = null;
    const call = new Call({
      store: this.#store,
      ticket,
      renewTicket: () => enterRoom(roomId, wish),
      name: ticket.name ?? name,
      local,
      peers: this.#peers,
      audioHost: this.#audioHost,
      onWaiting: () => this.#onWaiting(),
      onEnded: (why) => (why === 'expired' ? void this.#comeBack(roomId) : this.#onCallEnded(why)),
    });
    this.#call = call;
    await call.join();
    this.timings.joinedAt_ms = performance.now();
    this.#store.setState({ page: { name: 'call', roomId } });
  }

  #onWaiting(): void {
    const { page } = this.#store.getState();
    if (page.name === 'preview') this.#store.setState({ page: { ...page, waiting: true }, announcement: 'Waiting for a host to let you in' });
  }

  #onCallEnded(why: Exclude<SignallingEnd, 'expired'>): void {
    const { page } = this.#store.getState();
    if (page.name !== 'call') return;
    this.#endCall();
    this.#closeDevices();
    if (why === 'shutdown') {
      this.#store.setState({ page: { name: 'problem', problem: 'server_stopped', roomId: page.roomId, retryAfterS: null } });
    } else this.#store.setState({ page: { name: 'left', roomId: page.roomId, why } });
  }

  async #comeBack(roomId: string): Promise<void> {
    const { name, wish } = this.#entered;
    const isWanted = (): boolean => {
      const { page } = this.#store.getState();
      return page.name === 'returning' && page.roomId === roomId;
    };
    this.#endCall();
    this.#store.setState({ page: { name: 'returning', roomId } });
    const enter = (): Promise<void> =>
      this.#enterCall(roomId, name, wish).catch((why: unknown) => {
        this.#endCall();
        throw why;
      });
    const error = await comeBack(enter, isWanted);
    if (error !== null) this.#showProblem(error, roomId);
  }

  #endCall(): void {
    this.#call = null;
    this.#peers.close();
    this.#store.setState({ call: null, toasts: [] });
  }

  #openDevices(): void {
    if (this.#local) return;
    const { microphoneOn, cameraOn, microphoneId, cameraId } = this.#store.getState().preferences;
    const local = new LocalMedia(
      { microphone: microphoneOn, camera: cameraOn },
      { microphone: microphoneId, camera: cameraId },
    );
    this.#local = local;
    local.on('change', () => this.#copyLocal(local));
    local.on('plugged', ({ kind, present }) => addToast(this.#store, PLUG_TOASTS[kind][present ? 'came' : 'gone']));
    this.#copyLocal(local);
    void local.open();
  }

  /** Whoever only watches needs no devices: their lights go out. */
  #watchOnly(): LocalMedia {
    this.#closeDevices();
    this.#local = new LocalMedia({ microphone: false, camera: false }, { microphone: null, camera: null });
    return this.#local;
  }

  #closeDevices(): void {
    this.#local?.close();
    this.#local = null;
    this.#store.setState({ local: INITIAL_STATE.local, ownTracks: INITIAL_STATE.ownTracks });
  }

  #copyLocal(local: LocalMedia): void {
    const { camera, microphone, screen } = local.tracks;
    this.#store.setState({ local: local.state, ownTracks: { camera, microphone, screen } });
  }

  /** What the person can do something about is said at the door; the rest takes the page. */
  #onRefused(error: unknown, roomId: string, wish: Wish): void {
    const { page } = this.#store.getState();
    const door = doorOf(error, wish);
    if (door && page.name === 'preview' && page.roomId === roomId) this.#store.setState({ page: { ...page, joining: false, waiting: false, door } });
    else this.#showProblem(error, roomId);
  }

  #showProblem(error: unknown, roomId: string | null): void {
    console.warn('parley:', error);
    this.#closeDevices();
    const retryAfterS = error instanceof RestError ? error.retryAfterS : null;
    this.#store.setState({ page: { name: 'problem', problem: problemOf(error), roomId, retryAfterS } });
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof RestError) return error.failure === 'wrong_host_key' ? 'join_failed' : error.failure;
  if (!(error instanceof SignallingError)) return 'join_failed';
  switch (error.code) {
    case 'room_full':
      return 'room_full';
    case 'room_locked':
    case 'not_admitted':
      return error.code;
    case 'room_not_found':
    case 'room_closed':
      return 'room_not_found';
    case 'unavailable':
      return 'unavailable';
    case 'unreachable':
    case 'lost':
    case 'timeout':
      return 'unreachable';
    default:
      return 'join_failed';
  }
}

const PLUG_TOASTS = {
  microphone: { came: 'Microphone connected', gone: 'The microphone was unplugged' },
  camera: { came: 'Camera connected', gone: 'The camera was unplugged' },
} as const;

const DEVICE_TOASTS = {
  microphone: {
    denied: 'Your browser does not let this page use the microphone. Allow it in the address bar.',
    missing: 'No microphone was found.',
    busy: 'Another program is using the microphone.',
    insecure: 'The microphone works on https addresses only.',
    unknown: 'The microphone could not be opened.',
  },
  camera: {
    denied: 'Your browser does not let this page use the camera. Allow it in the address bar.',
    missing: 'No camera was found.',
    busy: 'Another program is using the camera.',
    insecure: 'The camera works on https addresses only.',
    unknown: 'The camera could not be opened.',
  },
} as const;

const audioHost = (): HTMLElement => {
  const host = document.createElement('div');
  host.hidden = true;
  host.id = 'sounds';
  document.body.append(host);
  return host;
};

let instance: App | null = null;
export const app = (): App => (instance ??= new App(store, audioHost()));
