// What a voice sounds like at the viewer: bench/speech.py (ViSQOL, word errors), in a Python environment of its own.
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SENTENCES, speech } from '../tests/e2e/clip.mjs';

const ENVIRONMENT = fileURLToPath(new URL('../build-python/', import.meta.url));
const PYTHON = `${ENVIRONMENT}bin/python`;
const PACKAGES = ['visqol-python==3.8.0', 'pocketsphinx==5.1.1'];
const SCRIPT = fileURLToPath(new URL('speech.py', import.meta.url));

// false: the packages cannot be had.
export function prepareSpeech() {
  try {
    if (!existsSync(PYTHON)) execFileSync('python3', ['-m', 'venv', ENVIRONMENT], { stdio: 'inherit' });
    execFileSync(PYTHON, ['-c', 'import visqol, pocketsphinx'], { stdio: 'ignore' });
    return true;
  } catch { /* not installed yet */ }
  try {
    execFileSync(PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES], { stdio: ['ignore', 'ignore', 'inherit'] });
    return true;
  } catch (e) {
    process.stderr.write(`  no speech quality: ${e.message}\n`);
    return false;
  }
}

// Canonical RIFF header, one channel of 16 bit.
export function wav({ rate, base64 }) {
  const samples = Buffer.from(base64, 'base64');
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

// {visqol, wer} of a sound as quality-probe.js gives it.
export async function judge(sound) {
  const dir = mkdtempSync(join(tmpdir(), 'parley-speech-'));
  try {
    const heard = join(dir, 'heard.wav');
    writeFileSync(heard, wav(sound));
    const { stdout } = await promisify(execFile)(PYTHON, [SCRIPT, speech(), heard, SENTENCES.join(' ')]);
    return JSON.parse(stdout);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
