// Control alone, with a media worker that the test plays: what it says, down to the bytes, and when. See lone_control.c.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { BINARY, Server } from './server.mjs';

// enum ipc_type of src/ipc/ipc.h
export const IPC = {
  ROOM_OPEN: 1, ROOM_CLOSE: 2, PARTICIPANT_ADD: 3, PARTICIPANT_NOTE: 4, PARTICIPANT_REMOVE: 5, OFFER: 6, LEG_CLOSE: 7, SOURCES_ENABLED: 8, VIEW: 9,
  SNAPSHOT_REQUEST: 10, COUNTERS_REQUEST: 11, TIMELINE_REQUEST: 14,
  HELLO: 64, ANSWER: 65, LEG_STATE: 67, SEATS: 68, SNAPSHOT_ROOM: 70, SNAPSHOT_PARTICIPANT: 71, SNAPSHOT_END: 72, COUNTERS: 73, PUBLISH: 74, QUALITY: 75, TIMELINE: 76,
};

// Fields one after the other: [value, bytes] in network order, or a string with its length before it.
export function bytes(...fields) {
  return Buffer.concat(fields.flat().map((field) => {
    if (typeof field === 'string') return Buffer.concat([Buffer.from([field.length]), Buffer.from(field)]);
    const { value, size } = field;
    const out = Buffer.alloc(8);
    out.writeBigUInt64BE(BigInt(value));
    return out.subarray(8 - size);
  }));
}
export const u8 = (value) => ({ value, size: 1 });
export const u16 = (value) => ({ value, size: 2 });
export const u32 = (value) => ({ value, size: 4 });
export const u64 = (value) => ({ value, size: 8 });
export const id = (hex) => u64(BigInt(`0x${hex}`));

export class LoneControl extends Server {
  async start() {
    mkdirSync(join(this.dir, 'data'), { recursive: true });
    this.received = [];      // messages to the worker
    this.waiting = [];
    this.rooms = new Map();          // what a worker keeps for the next control
    this.participants = new Map();
    this.repeats = new Map();        // participant → messages that follow a snapshot
    this.process = spawn(join(dirname(BINARY), 'tests/control/lone_control'), {
      env: {
        PATH: process.env.PATH, ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '', PARLEY_DATA_DIR: join(this.dir, 'data'), PARLEY_TURN_MANAGED: 'false',
        PARLEY_LIMITS_ROOMS_PER_MINUTE: '1000', PARLEY_LIMITS_JOINS_PER_MINUTE: '1000', ...this.env,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.process.stderr.on('data', (text) => { this.log += text; });
    this.exited = new Promise((resolve) => this.process.once('exit', (code) => resolve(code)));
    const port = new Promise((resolve) => {
      createInterface({ input: this.process.stdout }).on('line', (line) => {
        const [kind, ...words] = line.split(' ');
        if (kind === 'port') resolve(Number(words[0]));
        else this.take(words);
      });
    });
    this.port = await port;
    this.origin = `http://127.0.0.1:${this.port}`;
    await this.ready();
    return this;
  }

  async stop() {
    this.process.stdin.end();
    const code = await this.exited;
    if (/Sanitizer|runtime error:|Assertion .* failed/.test(this.log)) throw new Error(`control broke:\n${this.log}`);
    return code;
  }

  // ---- the worker's side ----

  take([type, flags, request, room, participant, payload]) {
    const message = {
      type: Number(type), flags: Number(flags), request: Number(request), room, participant: participant.padStart(16, '0'),
      payload: payload === '-' ? Buffer.alloc(0) : Buffer.from(payload, 'hex'),
    };
    this.remember(message);
    const waiter = this.waiting.findIndex(({ match }) => match(message));
    if (waiter >= 0) this.waiting.splice(waiter, 1)[0].resolve(message);
    else this.received.push(message);
  }

  remember(message) {
    const { type, room, participant } = message;
    if (type === IPC.ROOM_OPEN) this.rooms.set(room, message.payload);
    if (type === IPC.ROOM_CLOSE) this.rooms.delete(room);
    if (type === IPC.PARTICIPANT_ADD || type === IPC.PARTICIPANT_NOTE) this.participants.set(participant, { room, note: message.payload });
    if (type === IPC.PARTICIPANT_REMOVE) this.participants.delete(participant);
    if (type === IPC.COUNTERS_REQUEST) this.say(IPC.COUNTERS, {}, bytes(u16(0)));
    if (type === IPC.SNAPSHOT_REQUEST) this.snapshot();
  }

  snapshot() {
    for (const [room, note] of this.rooms) this.say(IPC.SNAPSHOT_ROOM, { room }, note);
    for (const [participant, { room, note }] of this.participants) this.say(IPC.SNAPSHOT_PARTICIPANT, { room, participant, flags: 0xf01 }, note);
    this.say(IPC.SNAPSHOT_END, {});
    for (const messages of this.repeats.values())
      for (const [type, to, payload] of messages) this.say(type, to, payload);
  }

  say(type, { flags = 0, request = 0, room = '0', participant = '0' }, payload = Buffer.alloc(0)) {
    this.process.stdin.write(`ipc ${type} ${flags} ${request} ${room} ${participant} ${payload.length ? payload.toString('hex') : '-'}\n`);
  }

  // The next message of that type (and about that participant) to the worker that nobody took yet.
  heard(type, participant = null, ms = 5000) {
    const match = (message) => message.type === type && (participant === null || message.participant === participant);
    const at = this.received.findIndex(match);
    if (at >= 0) return Promise.resolve(this.received.splice(at, 1)[0]);
    return new Promise((resolve, reject) => {
      const waiter = { match };
      const timer = setTimeout(() => {
        this.waiting = this.waiting.filter((other) => other !== waiter);
        reject(new Error(`control did not say ${type} to its worker within ${ms} ms`));
      }, ms);
      waiter.resolve = (message) => { clearTimeout(timer); resolve(message); };
      this.waiting.push(waiter);
    });
  }

  // Another worker comes, which knows nothing.
  replaceWorker() {
    this.rooms.clear();
    this.participants.clear();
    this.repeats.clear();
    this.process.stdin.write('worker\n');
  }

  killControl() {
    this.process.stdin.write('control\n');
  }
}
