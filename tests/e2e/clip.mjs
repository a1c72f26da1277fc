// What cameras and microphones show where the encoder must work as with a real one: made once with ffmpeg, kept in build-clips/.
// The picture has detail, a camera that sways, something that moves across, noise, and a frame number, in writing and
// in bits (nine cells in the upper left, the lowest bit first). It ends where it begins, so that the loop is no cut.
// At 1.7 Mbit/s VP8 in 720p uses all it may; a plain test picture would never reach the rates that matter.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
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

// Arguments of a Chromium whose devices these are; the page's options are {camera: 'device'}.
export const devices = (size, fps) => [`--use-file-for-fake-video-capture=${clip(size, fps)}`, `--use-file-for-fake-audio-capture=${speech()}`];
