const ROOM_ID = /[a-z]{5}(?:-[a-z]{5}){3}/;

/** Finds a room id in whatever someone typed or pasted: the id, a link, a line of an e-mail. */
export function findRoomId(text: string): string | null {
  const normal = text.trim().toLowerCase().replace(/[\s_–—]+/g, '-');
  return ROOM_ID.exec(text.toLowerCase())?.[0] ?? ROOM_ID.exec(normal)?.[0] ?? null;
}

export const roomPath = (roomId: string): string => `/r/${roomId}`;

/** What is sent to friends: without the debugging flags of one's own address bar. */
export const invitationLink = (roomId: string): string => new URL(roomPath(roomId), window.location.origin).href;
