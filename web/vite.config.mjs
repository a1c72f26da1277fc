import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { mockServer } from './dev/mock-server.mjs';
import { precompress } from './scripts/precompress.mjs';

// PARLEY_SERVER=http://localhost:8080 npm run dev: use a running server; without it, the mock in dev/.
const server = process.env.PARLEY_SERVER;
const proxied = Object.fromEntries(
  ['/create-room', '/join-room', '/healthz', '/ws'].map((path) => [
    path,
    { target: server, ws: path === '/ws', changeOrigin: true },
  ]),
);

export default defineConfig({
  plugins: [react(), precompress(), ...(server ? [] : [mockServer()])],
  server: server ? { proxy: proxied } : {},
  build: {
    target: 'es2022',
    // Browsers that know light-dark(): its emulation breaks where a part of the page sets its own color-scheme.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // A data: URL in the style sheet would need a laxer Content-Security-Policy.
    assetsInlineLimit: 0,
    // Vite's polyfill is an inline script: not under script-src 'self'.
    modulePreload: { polyfill: false },
  },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
});
