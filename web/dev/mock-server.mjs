// A stand-in for the server while the page is being developed: REST and the relay, direct calls of two
// only, all in memory. The real one is src/control; docs/protocol.md is the contract of both.
import { randomBytes } from 'node:crypto';
import { WebSocketServer } from 'ws';

const SOURCES_OFF = { microphone: false, camera: false, screen: false, 'screen-audio': false };
const rooms = new Map();
const hex = (bytes) => randomBytes(bytes).toString('hex');

const proquints = () => {
  const [consonants, vowels] = ['bdfghjklmnprstvz', 'aiou'];
  const word = (bits) =>
    consonants[bits >> 12] + vowels[(bits >> 10) & 3] + consonants[(bits >> 6) & 15] + vowels[(bits >> 4) & 3] + consonants[bits & 15];
  return [0, 1, 2, 3].map(() => word(randomBytes(2).readUInt16BE())).join('-');
};

const newRoom = () => {
  const info = { room_id: proquints(), name: '', mode: 'p2p', capacity: 2, created_at: new Date().toISOString() };
  const room = { info, members: new Map(), epoch: 0, switching: false, nextOrder: 0, chat: [] };
  rooms.set(info.room_id, room);
  return room;
};

const shown = ({ participant_id, name, order, sources, state }) => ({ participant_id, name, order, sources, state });
const others = (room, member) => [...room.members.values()].filter((m) => m !== member);
const tell = (members, message) => {
  for (const member of members) member.socket?.send(JSON.stringify(message));
};

const joinedMessage = (room, member, id, resumed) => ({
  type: 'joined',
  id,
  participant_id: member.participant_id,
  session: member.session,
  resumed,
  room: room.info,
  participants: others(room, member).map(shown),
  order: member.order,
  mode: { mode: 'p2p', epoch: room.epoch, switching: room.switching },
  chat: room.chat,
  ice_servers: [],
  resume_s: 30,
  max_seats: 24,
});

const startPair = (room) => {
  room.epoch += 1;
  room.switching = true;
  room.ready = new Set();
  tell(room.members.values(), { type: 'mode', mode: 'p2p', epoch: room.epoch, reason: 'first-pair' });
};

const join = (room, socket, message) => {
  const member = {
    participant_id: hex(8), session: hex(16), name: message.name, order: room.nextOrder++,
    sources: SOURCES_OFF, state: 'present', socket,
  };
  room.members.set(member.participant_id, member);
  socket.send(JSON.stringify(joinedMessage(room, member, message.id, false)));
  tell(others(room, member), { type: 'participant-joined', participant: shown(member) });
  if (room.members.size === 2) startPair(room);
  return member;
};

const remove = (room, member, reason) => {
  if (!room.members.delete(member.participant_id)) return;
  tell(room.members.values(), { type: 'participant-left', participant_id: member.participant_id, reason });
};

const HANDLERS = {
  ping: () => ({ type: 'pong' }),
  leave: (room, member) => {
    setTimeout(() => member.socket?.close(1000), 10);
    remove(room, member, 'left');
  },
  sources: (room, member, { sources }) => {
    member.sources = sources;
    tell(others(room, member), { type: 'participant-updated', participant: shown(member) });
  },
  chat: (room, member, { text }) => {
    const { participant_id, name } = member;
    const message = { message_id: room.chat.length + 1, participant_id, name, text, sent_at: new Date().toISOString() };
    room.chat.push(message);
    tell(room.members.values(), { type: 'chat', message });
    return { type: 'ok', message_id: message.message_id };
  },
  description: (room, member, { to, epoch, description }) =>
    tell([room.members.get(to)].filter(Boolean), { type: 'description', from: member.participant_id, epoch, description }),
  candidate: (room, member, { to, epoch, candidate }) =>
    tell([room.members.get(to)].filter(Boolean), { type: 'candidate', from: member.participant_id, epoch, candidate }),
  'mode-ready': (room, member) => {
    room.ready?.add(member.participant_id);
    if (room.ready?.size !== room.members.size) return;
    room.switching = false;
    tell(room.members.values(), { type: 'mode-done', mode: 'p2p', epoch: room.epoch });
  },
};

const resume = (room, socket, message) => {
  const member = room.members.get(message.participant_id);
  if (!member || member.session !== message.session) return null;
  clearTimeout(member.timer);
  member.socket = socket;
  member.state = 'present';
  socket.send(JSON.stringify(joinedMessage(room, member, message.id, true)));
  tell(others(room, member), { type: 'participant-updated', participant: shown(member) });
  return member;
};

const first = (room, socket, message) => {
  if (!room) return socket.close(4401);
  if (message.type === 'join') return join(room, socket, message);
  const member = resume(room, socket, message);
  if (!member) socket.send(JSON.stringify({ type: 'error', id: message.id, code: 'session_expired', message: 'gone' }));
  return member;
};

const onSocket = (socket) => {
  let room;
  let member;
  socket.on('message', (data) => {
    const message = JSON.parse(data.toString());
    if (!member) {
      room = rooms.get(message.token);
      member = first(room, socket, message);
      return;
    }
    const reply = HANDLERS[message.type]?.(room, member, message) ?? { type: 'ok' };
    socket.send(JSON.stringify({ ...reply, id: message.id }));
  });
  socket.on('close', () => {
    if (!member || member.socket !== socket) return;
    member.socket = null;
    member.state = 'reconnecting';
    if (room.members.has(member.participant_id)) {
      tell(others(room, member), { type: 'participant-updated', participant: shown(member) });
    }
    member.timer = setTimeout(() => remove(room, member, 'timeout'), 30_000);
  });
};

const send = (response, status, body) => {
  response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' });
  response.end(JSON.stringify(body));
};

const problem = (response, status, code) => send(response, status, { type: 'about:blank', title: code, status, detail: code, code });

const onRequest = (request, response, next) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  if (pathname === '/create-room') {
    const { info } = newRoom();
    return send(response, 201, { ...info, url: `http://${request.headers.host}/r/${info.room_id}` });
  }
  if (!pathname.startsWith('/join-room/')) return next();
  const room = rooms.get(pathname.slice('/join-room/'.length));
  if (!room) return problem(response, 404, 'room_not_found');
  if (room.members.size >= room.info.capacity) return problem(response, 409, 'room_full');
  const participants = [...room.members.values()].map(shown);
  return send(response, 200, { ws_url: '/ws', token: room.info.room_id, ice_servers: [], room: room.info, participants });
};

/** A Vite plugin. */
export const mockServer = () => ({
  name: 'mock-server',
  apply: 'serve',
  configureServer(server) {
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'parley.v1' });
    sockets.on('connection', onSocket);
    server.httpServer?.on('upgrade', (request, socket, head) => {
      if (new URL(request.url, 'http://localhost').pathname !== '/ws') return;
      sockets.handleUpgrade(request, socket, head, (ws) => sockets.emit('connection', ws));
    });
    server.middlewares.use(onRequest);
  },
});
