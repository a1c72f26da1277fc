// A client that is no browser: GStreamer's webrtcbin publishes to the SFU and receives from it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { hears, sees, until } from '../media.mjs';
import { joinRoom } from '../page.mjs';
import { test } from '../suite.mjs';

const SCRIPT = fileURLToPath(new URL('../../interop/gst_client.py', import.meta.url));
const GST_ID = 100;

function gstreamer(t, server, room) {
  const child = spawn('/usr/bin/python3', [SCRIPT, `http://127.0.0.1:${server.port}`, room, '--id', GST_ID], { stdio: ['ignore', 'pipe', 'pipe'] });
  const client = { state: {}, log: '' };
  child.stderr.on('data', (d) => { client.log = (client.log + d).slice(-4000); });
  createInterface({ input: child.stdout }).on('line', (line) => { client.state = JSON.parse(line); });
  t.onEnd(() => {
    child.kill('SIGKILL');
    if (client.log) t.note(client.log);
  });
  return client;
}

test('GStreamer publishes to and receives from the SFU', { needs: ['gstreamer'], timeout: 120_000 }, async (t) => {
  const server = await t.server();
  const room = await server.createRoom({ mode: 'sfu' });
  const browser = await t.person(1);
  await joinRoom(browser, server.url, room);
  const client = gstreamer(t, server, room);
  await until('GStreamer is connected', () => ({ ok: client.state.connected, ...client.state }));
  // Chromium shows GStreamer's picture and hears its tone.
  await sees(browser, [GST_ID]);
  await hears(browser);
  // GStreamer decodes Chromium's.
  await until('GStreamer decodes Chromium', () => {
    const { video_buffers: video = {}, audio_buffers: audio = {}, pictures = [] } = client.state;
    const most = (counts) => Math.max(0, ...Object.values(counts));
    return { ok: most(video) > 20 && most(audio) > 20 && pictures.includes(1), ...client.state };
  });
  const before = Object.values(client.state.video_buffers).reduce((a, b) => a + b, 0);
  await until('and keeps decoding', () => Object.values(client.state.video_buffers).reduce((a, b) => a + b, 0) > before + 20);
  assert.deepEqual(client.state.errors, []);
});
