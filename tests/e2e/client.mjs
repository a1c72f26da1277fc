// A participant without media: the native protocol over a WebSocket, every message from the server held
// against docs/protocol.schema.json.
import Ajv2020 from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import WebSocket from 'ws';

const schema = JSON.parse(readFileSync(new URL('../../docs/protocol.schema.json', import.meta.url), 'utf8'));
const ajv = new Ajv2020({ strict: false, allErrors: false });
ajv.addSchema(schema, 'protocol');
const validators = new Map(Object.keys(schema.$defs).filter((k) => k.startsWith('server.'))
  .map((k) => [k.slice('server.'.length), ajv.getSchema(`protocol#/$defs/${k}`)]));

export class Client {
  constructor(url, { origin } = {}) {
    this.messages = [];
    this.invalid = [];
    this.waiters = [];
    this.nextId = 1;
    this.socket = new WebSocket(url, 'parley.v1', { origin });
    this.opened = new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.once('error', reject);
    });
    this.opened.catch(() => { });
    this.socket.on('error', () => { });
    this.closed = new Promise((resolve) => this.socket.once('close', (code) => resolve(code)));
    this.socket.on('message', (text) => this.receive(JSON.parse(text)));
  }

  receive(message) {
    const validate = validators.get(message.type);
    if (!validate?.(message)) this.invalid.push({ message, errors: validate?.errors ?? 'unknown type' });
    this.messages.push(message);
    this.waiters = this.waiters.filter((w) => !w(message));
  }

  send(value) {
    this.socket.send(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value));
  }

  // The next message for which `match` holds, also one that is here already.
  wait(match, what = 'a message', ms = 15_000) {
    const found = this.messages.find(match);
    if (found) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${what}; got ${JSON.stringify(this.messages.slice(-5))}`)), ms);
      this.waiters.push((m) => {
        if (!match(m)) return false;
        clearTimeout(timer);
        resolve(m);
        return true;
      });
    });
  }

  request(message) {
    const id = this.nextId++;
    this.send({ ...message, id });
    return this.wait((m) => m.id === id, `reply to ${message.type}`);
  }

  close() {
    this.socket.terminate();
  }
}

// Joins a room as a participant with no media; ends with the test.
export async function joinAsClient(t, server, room, name = 'Wire') {
  const { status, body } = await server.post(`/join-room/${room}`, { name });
  if (status !== 200) throw new Error(`join-room: ${status} ${JSON.stringify(body)}`);
  const client = new Client(body.ws_url);
  t.onEnd(() => client.close());
  await client.opened;
  client.token = body.token;
  client.joined = await client.request({ type: 'join', token: body.token, name });
  return client;
}
