// One participant's WebSocket: requests and replies, dead-socket detection, reconnecting and resuming.
import { Emitter } from './emitter';
import { isReply, parseServerMessage, SUBPROTOCOL } from './protocol';
import type { Client, ErrorCode, Notification, Reply, ServerClosing, ServerJoined } from './protocol';

export type SignallingEnd = 'left' | 'replaced' | 'removed' | 'room-closed' | 'expired' | 'refused' | 'shutdown';

interface Events {
  notification: Notification;
  lost: undefined;
  resumed: ServerJoined;
  ended: SignallingEnd;
}

export class SignallingError extends Error {
  constructor(readonly code: ErrorCode | 'lost' | 'timeout' | 'unreachable') {
    super(code);
  }
}

interface Pending {
  resolve: (reply: Reply) => void;
  reject: (error: SignallingError) => void;
  timer: ReturnType<typeof setTimeout>;
}

export interface SignallingOptions {
  url: string;
  token: string;
  name: string;
  /** A fresh token for a resume after the first one ran out. */
  renewToken: () => Promise<string>;
}

type Unnumbered<T> = T extends { id?: number } ? Omit<T, 'id'> : never;
export type Outgoing = Unnumbered<Client>;

const REPLY_TIMEOUT_MS = 10_000;
const OPEN_TIMEOUT_MS = 5_000;
const PING_EVERY_MS = 10_000;
const PING_TIMEOUT_MS = 4_000;
const VERIFY_MS = { least: 300, most: 1500, rtts: 3 } as const;
const BACKOFF_MS = [0, 250, 500, 1000, 2000, 3000] as const;

export class Signalling extends Emitter<Events> {
  #options: SignallingOptions;
  #socket: WebSocket | null = null;
  #pending = new Map<number, Pending>();
  #nextId = 1;
  #joined: ServerJoined | null = null;
  /** Joined or resumed on the present socket; while it is false, a failure belongs to the attempt that runs. */
  #live = false;
  #ended = false;
  #shutdownSeen = false;
  #attempt = 0;
  #lostAt_ms = 0;
  /** What the last ping took, or joining. */
  #rtt_ms = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #pingTimer: ReturnType<typeof setInterval> | undefined;

  constructor(options: SignallingOptions) {
    super();
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#live;
  }

  async join(): Promise<ServerJoined> {
    await this.#openSocket();
    const { token, name } = this.#options;
    const joined = await this.#expectJoined({ type: 'join', token, name });
    this.#afterJoined(joined);
    return joined;
  }

  /** Sends and waits for the one reply; an `error` reply rejects. */
  async request(message: Outgoing, timeout_ms = REPLY_TIMEOUT_MS): Promise<Reply> {
    const socket = this.#socket;
    if (!socket || socket.readyState !== WebSocket.OPEN) throw new SignallingError('lost');
    const id = this.#nextId++;
    const reply = new Promise<Reply>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new SignallingError('timeout'));
      }, timeout_ms);
      this.#pending.set(id, { resolve, reject, timer });
    });
    socket.send(JSON.stringify({ ...message, id }));
    const answered = await reply;
    if (answered.type === 'error') throw new SignallingError(answered.code);
    return answered;
  }

  /** Sends without caring for the reply; a lost socket is dealt with by the resume. */
  post(message: Outgoing): void {
    this.request(message).catch(() => undefined);
  }

  async leave(): Promise<void> {
    if (this.#ended) return;
    await this.request({ type: 'leave' }, 500).catch(() => undefined);
    this.#end('left');
  }

  /** The network came back: no reason to wait for the rest of the back-off. */
  retryNow(): void {
    if (this.#ended || this.#socket || !this.#joined) return;
    clearTimeout(this.#retryTimer);
    void this.#resume();
  }

  /** For tests and for a network that changed: drops the socket as if it had failed. */
  dropSocket(): void {
    this.#onSocketClosed(0);
  }

  /** The network may have changed: a socket that does not answer as fast as it did is made anew at once. */
  verify(): void {
    if (!this.#live) return;
    const timeout_ms = Math.min(VERIFY_MS.most, Math.max(VERIFY_MS.least, VERIFY_MS.rtts * this.#rtt_ms));
    void this.#ping(timeout_ms).then((alive) => {
      if (!alive) this.retryNow();
    });
  }

  #openSocket(): Promise<void> {
    const socket = new WebSocket(this.#options.url, SUBPROTOCOL);
    this.#socket = socket;
    socket.onmessage = (event: MessageEvent<unknown>) => this.#onText(event.data);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => socket.close(), OPEN_TIMEOUT_MS);
      socket.onopen = () => {
        clearTimeout(timer);
        resolve();
      };
      socket.onclose = (event) => {
        clearTimeout(timer);
        reject(new SignallingError(event.code === 4401 ? 'bad_token' : 'unreachable'));
        if (this.#socket === socket) this.#onSocketClosed(event.code);
      };
    });
  }

  async #expectJoined(first: Outgoing): Promise<ServerJoined> {
    const asked_ms = performance.now();
    const reply = await this.request(first);
    this.#rtt_ms = performance.now() - asked_ms;
    if (reply.type !== 'joined') throw new SignallingError('internal');
    return reply;
  }

  #afterJoined(joined: ServerJoined): void {
    this.#joined = joined;
    this.#live = true;
    this.#attempt = 0;
    this.#shutdownSeen = false;
    this.#startPings();
  }

  async #ping(timeout_ms = PING_TIMEOUT_MS): Promise<boolean> {
    const socket = this.#socket;
    const asked_ms = performance.now();
    const alive = await this.request({ type: 'ping' }, timeout_ms).then(
      () => true,
      () => false,
    );
    if (alive) this.#rtt_ms = performance.now() - asked_ms;
    else if (socket && socket === this.#socket) this.dropSocket();
    return alive;
  }

  #onText(text: unknown): void {
    const message = typeof text === 'string' ? parseServerMessage(text) : null;
    if (!message) {
      console.warn('parley: a message from the server could not be read');
      return;
    }
    if (isReply(message)) this.#settle(message);
    else {
      if (message.type === 'closing') this.#onClosing(message.reason);
      if (message.type === 'waiting') this.#onWaiting();
      this.emit('notification', message);
    }
  }

  #settle(reply: Reply): void {
    const pending = reply.id === undefined ? undefined : this.#pending.get(reply.id);
    if (!pending || reply.id === undefined) return;
    this.#pending.delete(reply.id);
    clearTimeout(pending.timer);
    pending.resolve(reply);
  }

  /** In the lobby the reply to `join` takes as long as people do; pings tell whether the socket still stands. */
  #onWaiting(): void {
    for (const pending of this.#pending.values()) clearTimeout(pending.timer);
    this.#startPings();
  }

  #startPings(): void {
    clearInterval(this.#pingTimer);
    this.#pingTimer = setInterval(() => void this.#ping(), PING_EVERY_MS);
  }

  #onClosing(reason: ServerClosing['reason']): void {
    if (reason === 'shutdown') this.#shutdownSeen = true;
    else this.#end(reason);
  }

  #onSocketClosed(code: number): void {
    const socket = this.#socket;
    this.#socket = null;
    clearInterval(this.#pingTimer);
    if (socket) {
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
    }
    this.#rejectPending();
    if (this.#ended || !this.#live) return;
    this.#live = false;
    if (code === 4403) this.#end('removed');
    else if (code === 4409) this.#end('replaced');
    else if (code === 4410) this.#end('room-closed');
    else this.#startResuming();
  }

  #rejectPending(): void {
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer);
      pending.reject(new SignallingError('lost'));
    }
    this.#pending.clear();
  }

  #startResuming(): void {
    this.#lostAt_ms = performance.now();
    this.#attempt = 0;
    this.emit('lost', undefined);
    this.#scheduleResume();
  }

  #scheduleResume(): void {
    const joined = this.#joined;
    if (this.#ended || !joined) return;
    const window_ms = joined.resume_s * 1000;
    if (performance.now() - this.#lostAt_ms > window_ms) {
      this.#end(this.#shutdownSeen ? 'shutdown' : 'expired');
      return;
    }
    const base_ms = BACKOFF_MS[Math.min(this.#attempt, BACKOFF_MS.length - 1)] ?? 3000;
    this.#attempt += 1;
    clearTimeout(this.#retryTimer);
    // Jitter: a server that comes back is not met by everyone in the same millisecond.
    this.#retryTimer = setTimeout(() => void this.#resume(), base_ms * (0.75 + Math.random() * 0.5));
  }

  async #resume(): Promise<void> {
    const former = this.#joined;
    if (!former || this.#ended) return;
    try {
      await this.#openSocket();
      const { participant_id, session } = former;
      const joined = await this.#expectJoined({ type: 'resume', token: this.#options.token, participant_id, session });
      this.#afterJoined(joined);
      this.emit('resumed', joined);
    } catch (error) {
      await this.#onResumeFailed(error instanceof SignallingError ? error.code : 'unreachable');
    }
  }

  async #onResumeFailed(code: SignallingError['code']): Promise<void> {
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onclose = null;
      socket.close();
    }
    if (code === 'session_expired' || code === 'room_closed' || code === 'room_not_found') {
      this.#end(code === 'session_expired' ? 'expired' : 'room-closed');
      return;
    }
    if (code === 'bad_token') {
      const token = await this.#options.renewToken().catch(() => null);
      if (token) this.#options = { ...this.#options, token };
    }
    this.#scheduleResume();
  }

  #end(why: SignallingEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#live = false;
    clearTimeout(this.#retryTimer);
    clearInterval(this.#pingTimer);
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onclose = null;
      socket.close(1000);
    }
    this.#rejectPending();
    this.emit('ended', why);
  }
}
