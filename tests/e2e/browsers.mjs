// Launches: Debian's Chromium and Firefox ESR, also inside a network namespace. One browser process per
// set of flags is shared by the tests; each participant gets a context of its own.
import { chromium, firefox } from 'playwright-core';
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

const here = fileURLToPath(new URL('.', import.meta.url));
export const INJECT = readFileSync(new URL('inject.js', import.meta.url), 'utf8');

export const CHROMIUM_ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--use-fake-device-for-media-stream=fps=30', '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required'];

export const FIREFOX_PREFS = {
  'media.navigator.streams.fake': true, 'media.navigator.permission.disabled': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false, 'media.peerconnection.ice.loopback': true,
  'media.autoplay.default': 0, 'media.autoplay.blocking_policy': 0, 'media.gmp-manager.updateEnabled': false,
};

// In a sealed container there is only lo, which browsers leave out of their candidates unless told.
export const onlyLoopback = () => Object.values(networkInterfaces()).flat().every((a) => a.internal);

const CHROMIUM = process.env.E2E_CHROMIUM ?? '/usr/bin/chromium';
const FIREFOX = process.env.E2E_FIREFOX ?? '/usr/bin/firefox-esr';

// nice: of a browser in a namespace, so that others have the processor first.
export async function launchChromium({ args = [], without = [], netns, nice = 0 } = {}) {
  const all = [...CHROMIUM_ARGS.filter((a) => !without.some((w) => a.startsWith(w))), ...args];
  if (onlyLoopback() && !netns) all.push('--allow-loopback-in-peer-connection');
  return chromium.launch({
    headless: true,
    args: all,
    executablePath: netns ? `${here}chromium-ns` : CHROMIUM,
    env: netns ? { ...process.env, NETLAB_NS: netns, NETLAB_NICE: String(nice) } : process.env,
  });
}

export async function launchFirefox({ prefs = {} } = {}) {
  return firefox.launch({
    channel: 'moz-firefox', executablePath: FIREFOX, headless: true, firefoxUserPrefs: { ...FIREFOX_PREFS, ...prefs },
  });
}

// Browsers by their flags; all are closed by closeAll.
const running = new Map();

export async function browser(kind = 'chromium', options = {}) {
  const key = JSON.stringify([kind, options]);
  let b = running.get(key);
  if (b) {
    b = await b;
    if (b.isConnected()) return b;
  }
  const made = kind === 'firefox' ? launchFirefox(options) : launchChromium(options);
  running.set(key, made);
  return made;
}

export async function closeBrowser(kind, options = {}) {
  const key = JSON.stringify([kind, options]);
  const b = await running.get(key);
  running.delete(key);
  await b?.close();
}

export async function closeAll() {
  const all = [...running.values()];
  running.clear();
  await Promise.allSettled(all.map(async (b) => (await b).close()));
}
