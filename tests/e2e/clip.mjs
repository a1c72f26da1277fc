// What cameras and microphones show where the encoder must work as with a real one: made once with ffmpeg, kept in build-clips/.
// The picture has detail, a camera that sways, something that moves across, noise, and a frame number, in writing and
// in bits (nine cells in the upper left, the lowest bit first). It ends where it begins, so that the loop is no cut.
// At 1.7 Mbit/s VP8 in 720p uses all it may; a plain test picture would never reach the rates that matter.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DIR = fileURLToPath(new URL('../../build-clips/', import.meta.url));
const SECONDS = 10;
const BITS = 9;
// Harvard sentences (IEEE 1969), lists 1 and 2: what speech quality is usually judged with.
export const SENTENCES = ['The birch canoe slid on the smooth planks.', 'Glue the sheet to the dark blue background.',
  'It is easy to tell the depth of a well.', 'These days a chicken leg is a rare dish.', 'Rice is often served in round bowls.',
  'The juice of lemons makes fine punch.', 'The box was thrown beside the parked truck.', 'The hogs were fed chopped corn and garbage.',
  'Four hours of steady work faced us.', 'A large size in stockings is hard to sell.'];

function made(name, args) {
  mkdirSync(DIR, { recursive: true });
  const file = DIR + name;
  if (!existsSync(file)) {
    const part = `${DIR}part-${process.pid}-${name}`;
    execFileSync('ffmpeg', ['-v', 'error', '-y', ...args, part], { stdio: ['ignore', 'inherit', 'inherit'] });
    renameSync(part, file);
  }
  return file;
}

// y4m: costs the browser no decoding. `size`: '1280x720'.
export function clip(size, fps) {
  const [width, height] = size.split('x').map(Number);
  const phase = (turns) => `${2 * turns}*PI*t/${SECONDS}`;
  const bit = (k) => `drawbox=x=${k}*iw/20:y=0:w=iw/20:h=ih/18:color=white:t=fill:enable='mod(floor(n/${2 ** k}),2)'`;
  const still = `trim=end_frame=1,loop=-1:1:0,setpts=N/${fps}/TB`;
  const graph = [
    `[0:v]${still},crop=1280:720:x='320+12*sin(${phase(1)})':y='180+8*sin(${phase(1)})',gblur=sigma=1.2,hue=s=0.5,fps=${fps}[back]`,
    `[1:v]${still},fps=${fps},hue=H='${phase(1)}'[front]`,
    [`[back][front]overlay=x='480+140*cos(${phase(2)})':y='240+60*sin(${phase(4)})'`, 'noise=alls=3:allf=t', `scale=${width}:${height}`,
      `drawbox=x=0:y=0:w=iw/20*${BITS}:h=ih/18:color=black:t=fill`, ...Array.from({ length: BITS }, (_, k) => bit(k)),
      "drawtext=text='%{frame_num}':x=w*0.5:y=2:fontsize=h/14:fontcolor=white:box=1:boxcolor=black", 'format=yuv420p'].join(','),
  ].join(';');
  return made(`clip-${size}-${fps}.y4m`, [
    '-f', 'lavfi', '-i', 'mandelbrot=size=1920x1080:rate=1:start_scale=0.05:start_x=-0.7436:start_y=-0.1318:maxiter=400',
    '-f', 'lavfi', '-i', `testsrc2=size=320x320:rate=${fps}`, '-filter_complex', graph, '-t', String(SECONDS), '-r', String(fps)]);
}

// Spoken sentences, 48 kHz.
export function speech() {
  return made('speech.wav', ['-f', 'lavfi', '-i', `flite=text='${SENTENCES.join(' ')}':voice=slt`, '-ar', '48000', '-ac', '1', '-c:a', 'pcm_s16le']);
}

// The same, encoded as a page's camera is in 720p (web/src/core/layers.ts): VP8 simulcast of three temporal layers, and Opus, for
// publishers that replay (`parley load --pictures --sound`). Key frames are 20 s apart; one that is asked for is the next of these.
const ENCODED_FPS = 30;
const KEY_FRAMES_S = 20;
const ENCODED_S = 80;
const ENCODED_LAYERS = [{ size: '320x180', kbps: 150 }, { size: '640x360', kbps: 500 }, { size: '1280x720', kbps: 1700 }];

function encodedLayer({ size, kbps }, name, seconds, from) {
  const layers = `ts_number_layers=3:ts_target_bitrate=${[0.4, 0.6, 1].map((part) => kbps * part)}:ts_rate_decimator=4,2,1:ts_periodicity=4:ts_layer_id=0,2,1,2:ts_layering_mode=3`;
  return made(name, ['-stream_loop', '-1', '-i', from, '-t', String(seconds), '-vf', `scale=${size.replace('x', ':')}`,
    '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '6', '-lag-in-frames', '0', '-auto-alt-ref', '0', '-error-resilient', '1', '-max-intra-rate', '900',
    '-b:v', `${kbps}k`, '-minrate', `${kbps}k`, '-maxrate', `${kbps}k`, '-bufsize', `${kbps}k`, '-g', String(KEY_FRAMES_S * ENCODED_FPS), '-keyint_min', String(KEY_FRAMES_S * ENCODED_FPS),
    '-ts-parameters', layers, '-an']);
}

export const encodedClip = () => ENCODED_LAYERS.map((layer) => encodedLayer(layer, `vp8-${layer.size.split('x')[1]}.ivf`, ENCODED_S, clip('1280x720', ENCODED_FPS)));
// 10 s of its lowest layer, made in a moment.
export const smallClip = () => [encodedLayer(ENCODED_LAYERS[0], 'vp8-small.ivf', SECONDS, clip(ENCODED_LAYERS[0].size, ENCODED_FPS))];

// ffmpeg writes Opus into Ogg (RFC 3533): its packets, as IVF. A packet ends with the first lacing value below 255; two headers come first.
function oggPackets(bytes) {
  const packets = [];
  let pieces = [];
  for (let at = 0; at + 27 <= bytes.length;) {
    const count = bytes[at + 26];
    let from = at + 27 + count;
    for (const lacing of bytes.subarray(at + 27, at + 27 + count)) {
      pieces.push(bytes.subarray(from, from + lacing));
      from += lacing;
      if (lacing < 255) packets.push(Buffer.concat(pieces.splice(0)));
    }
    at = from;
  }
  return packets.slice(2);
}

function ivf(fourCc, packets) {
  const head = Buffer.alloc(32);
  head.write('DKIF', 0);
  head.writeUInt16LE(32, 6);
  head.write(fourCc, 8);
  head.writeUInt32LE(50, 16);
  head.writeUInt32LE(1, 20);
  head.writeUInt32LE(packets.length, 24);
  const framed = packets.map((packet, i) => {
    const before = Buffer.alloc(12);
    before.writeUInt32LE(packet.length, 0);
    before.writeUInt32LE(i, 4);
    return Buffer.concat([before, packet]);
  });
  return Buffer.concat([head, ...framed]);
}

export function encodedSpeech() {
  const file = `${DIR}speech.ivf`;
  if (!existsSync(file)) {
    const ogg = made('speech.opus', ['-i', speech(), '-c:a', 'libopus', '-b:a', '32k', '-vbr', 'off', '-application', 'voip', '-frame_duration', '20', '-fec', '1', '-packet_loss', '10']);
    writeFileSync(file, ivf('OPUS', oggPackets(readFileSync(ogg))));
  }
  return file;
}

// Arguments of a Chromium whose devices these are; the page's options are {camera: 'device'}.
export const devices = (size, fps) => [`--use-file-for-fake-video-capture=${clip(size, fps)}`, `--use-file-for-fake-audio-capture=${speech()}`];
