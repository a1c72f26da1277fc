// The tests' own small runner: `test(name, fn)` registers; run.mjs runs them one after another.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { browser, INJECT } from './browsers.mjs';
import { startServer } from './server.mjs';
import { stats } from './media.mjs';

export const RESULTS = fileURLToPath(new URL('results/', import.meta.url));
export const tests = [];
const DEFAULT_TIMEOUT_MS = 90_000;

export function test(name, optionsOrFn, maybeFn) {
  const options = typeof optionsOrFn === 'function' ? {} : optionsOrFn;
  const run = maybeFn ?? optionsOrFn;
  tests.push({ name, run, timeout: options.timeout ?? DEFAULT_TIMEOUT_MS, needs: options.needs ?? [] });
}

// One server per configuration, shared by tests that leave it as it was.
const servers = new Map();
export async function stopServers() {
  const all = [...servers.values()];
  servers.clear();
  await Promise.allSettled(all.map(async (s) => (await s).stop()));
}

// What a test gets: people, servers, and the duty to clean up after itself.
export class Context {
  constructor(name) {
    this.name = name;
    this.people = [];
    this.servers = [];
    this.cleanups = [];
    this.notes = [];
  }

  note(text) {
    this.notes.push(text);
  }

  onEnd(fn) {
    this.cleanups.push(fn);
  }

  async server(env = {}, { fresh = false, ...options } = {}) {
    if (fresh) {
      const s = await startServer(env, options);
      this.servers.push(s);
      this.onEnd(() => s.stop());
      return s;
    }
    const key = JSON.stringify([env, options]);
    if (!servers.has(key)) {
      const starting = startServer(env, options);
      starting.catch(() => servers.delete(key));
      servers.set(key, starting);
    }
    const s = await servers.get(key);
    this.servers.push(s);
    return s;
  }

  // A browser context with one page; `e2e` are the options of inject.js.
  async person(id, { kind = 'chromium', launch = {}, context = {}, ...e2e } = {}) {
    const b = await browser(kind, launch);
    const c = await b.newContext({ viewport: { width: 1024, height: 640 }, ...context });
    this.onEnd(() => c.close());
    await c.addInitScript({ content: `window.__e2eOptions = ${JSON.stringify({ id, ...e2e })};\n${INJECT}` });
    const page = await c.newPage();
    const person = { id, name: `P${id}`, kind, page, context: c, console: [] };
    page.on('console', (m) => person.console.push(`${m.type()}: ${m.text()}`));
    page.on('pageerror', (e) => person.console.push(`pageerror: ${e.message}`));
    page.setDefaultTimeout(30_000);
    this.people.push(person);
    return person;
  }

  // What is left when a test failed: pictures, consoles, statistics, the server's log.
  async report(error) {
    const dir = join(RESULTS, this.name.replace(/[^\w]+/g, '-'));
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'error.txt'), `${error.stack ?? error}\n${this.notes.join('\n')}\n`);
    await Promise.all(this.people.map(async (p) => {
      const file = (suffix) => join(dir, `${p.name}-${p.kind}${suffix}`);
      const bounded = (promise) => Promise.race([promise, new Promise((_, no) => setTimeout(() => no(new Error('no answer')), 5000))]);
      await bounded(p.page.screenshot({ path: file('.png'), timeout: 5000 })).catch(() => { });
      writeFileSync(file('.log'), p.console.join('\n'));
      await bounded(stats(p.page)).then((s) => writeFileSync(file('-stats.json'), JSON.stringify(s, null, 1)), () => { });
      await bounded(p.page.evaluate(() => JSON.stringify({ url: location.href, errors: window.__e2e.errors, state: (({ page, local, call, toasts }) => ({ page, local, call, toasts }))(window.parley?.getState() ?? {}), switches: window.parley?.switches(), messages: window.__e2e.messages.slice(-300), videos: window.__e2e.videos() }, null, 1)))
        .then((s) => writeFileSync(file('-page.json'), s), () => { });
    }));
    this.servers.forEach((s, i) => writeFileSync(join(dir, `server${i}.log`), s.log));
    return dir;
  }

  async end() {
    for (const fn of this.cleanups.reverse()) {
      try {
        await fn();
      } catch (e) {
        this.note(`clean-up: ${e.message}`);
      }
    }
  }
}
