// A participant as these tests see one: a WebSocket whose every message in either direction is held against
// docs/protocol.schema.json.
import Ajv2020 from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import WebSocket from 'ws';

const schema = JSON.parse(readFileSync(new URL('../../docs/protocol.schema.json', import.meta.url), 'utf8'));
const ajv = new Ajv2020({ strict: false });
ajv.addSchema(schema, 'protocol');

// Throws unless value is a message of that side ("client" or "server").
export function check(side, value) {
  const validate = ajv.getSchema(`protocol#/$defs/${side}.${value?.type}`);
  assert.ok(validate, `no message ${side}.${value?.type} in the schema`);
  assert.ok(validate(value), `${side}.${value.type}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value).slice(0, 400)}`);
}
export function conforms(side, value) {
  return Boolean(ajv.getSchema(`protocol#/$defs/${side}.${value?.type}`)?.(value));
}
export const messageTypes = (side) => Object.keys(schema.$defs).filter((name) => name.startsWith(`${side}.`))
  .map((name) => name.slice(side.length + 1));

export const seen = new Set();    // types of server messages that came in, over a test file

export class Client {
  constructor(url, { origin, protocol = 'parley.v1' } = {}) {
    this.messages = [];
    this.unread = [];
    this.waiting = [];
    this.failure = null;
    this.lastId = 0;
    this.socket = new WebSocket(url, protocol, { origin, rejectUnauthorized: false });
    this.opened = new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.once('error', reject);
    });
    this.opened.catch(() => {});
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.on('message', (text, binary) => this.receive(text, binary));
  }

  receive(text, binary) {
    try {
      assert.equal(binary, false);
      const message = JSON.parse(text);
      check('server', message);
      seen.add(message.type);
      this.messages.push(message);
      const waiter = this.waiting.findIndex(({ match }) => match(message));
      if (waiter >= 0) this.waiting.splice(waiter, 1)[0].resolve(message);
      else this.unread.push(message);
    } catch (error) {
      this.failure = error;
    }
  }

  // The next message that matches and that nobody took yet.
  take(match, what = 'a message', ms = 10_000) {
    if (this.failure) throw this.failure;
    const at = this.unread.findIndex(match);
    if (at >= 0) return Promise.resolve(this.unread.splice(at, 1)[0]);
    return new Promise((resolve, reject) => {
      const waiter = { match };
      const timer = setTimeout(() => {
        this.waiting = this.waiting.filter((other) => other !== waiter);
        reject(this.failure ?? new Error(`no ${what} within ${ms} ms; unread: ${JSON.stringify(this.unread).slice(0, 600)}`));
      }, ms);
      waiter.resolve = (message) => { clearTimeout(timer); resolve(message); };
      this.waiting.push(waiter);
    });
  }

  next(type, ms) {
    return this.take((message) => message.type === type, type, ms);
  }

  raw(value) {
    this.socket.send(value);
  }

  // Sends a message that the schema allows and gives its one reply.
  request(message) {
    const id = ++this.lastId;
    check('client', { ...message, id });
    this.raw(JSON.stringify({ ...message, id }));
    return this.take((reply) => reply.id === id, `reply to ${message.type}`);
  }

  // The same for a message that must be refused; it may break the schema.
  async refused(message, code) {
    const id = ++this.lastId;
    this.raw(JSON.stringify({ ...message, id }));
    const reply = await this.take((r) => r.id === id, `refusal of ${message.type}`);
    assert.equal(reply.type, 'error', `${JSON.stringify(message).slice(0, 200)} was not refused: ${reply.type}`);
    assert.equal(reply.code, code, reply.message);
    return reply;
  }

  async ok(message) {
    const reply = await this.request(message);
    assert.equal(reply.type, 'ok', JSON.stringify(reply));
    return reply;
  }

  drop() {
    this.socket.terminate();    // no close frame: a lost network
  }
}

export async function open(server, room, shown) {
  const { ws_url, token } = await server.joinRoom(room, shown);
  const client = new Client(ws_url);
  client.url = ws_url;
  client.token = token;
  await client.opened;
  return client;
}

export async function join(server, room, name = 'Ada', shown = undefined) {
  const client = await open(server, room, shown);
  client.joined = await client.request({ type: 'join', token: client.token, name });
  assert.equal(client.joined.type, 'joined', JSON.stringify(client.joined));
  client.id = client.joined.participant_id;
  return client;
}

export async function resume(client) {
  const again = new Client(client.url);
  await again.opened;
  again.url = client.url;
  again.token = client.token;
  again.reply = await again.request({
    type: 'resume', token: client.token, participant_id: client.id, session: client.joined.session,
  });
  if (again.reply.type === 'joined') {
    again.joined = again.reply;
    again.id = client.id;
  }
  return again;
}

// Both sides of a first pair, as far as `mode`; gives [impolite, polite, epoch].
export async function pair(server, settings) {
  const room = await server.createRoom(settings);
  const first = await join(server, room, 'Ada');
  const second = await join(server, room, 'Ben');
  const { epoch } = await first.next('mode');
  assert.deepEqual(await second.next('mode'), { type: 'mode', mode: 'p2p', epoch, reason: 'first-pair' });
  return { room, first, second, epoch };
}
