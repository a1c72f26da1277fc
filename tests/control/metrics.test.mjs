// GET /metrics, and what is written about it: docs/metrics.md, the dashboard and the alert rules.
// METRICS=write writes the tables of docs/metrics.md anew.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import YAML from 'yaml';
import { Server } from './server.mjs';

const file = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const DOCUMENT = file('docs/metrics.md');
const server = new Server();
let exposed = new Map();    // name → { type, help }

// What an expression of PromQL names: not functions, not labels.
const named = (expression) => expression.match(/\b(?:parley|process)_[a-z0-9_]+/g) ?? [];

function read(text) {
  const found = new Map();
  for (const [, name, help] of text.matchAll(/^# HELP (\S+) (.+)$/gm)) found.set(name, { help });
  for (const [, name, type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) found.get(name).type = type;
  return found;
}

const SECTIONS = [
  ['The whole server', (name) => !/^(process|parley_(engine|worker|control))_/.test(name)],
  ['Media workers', (name) => name.startsWith('parley_worker_')],
  ['Media', (name) => name.startsWith('parley_engine_')],
  ['Control', (name) => name.startsWith('parley_control_')],
  ['The control process', (name) => name.startsWith('process_')],
];

function unit(name) {
  if (name.includes('cpu_us')) return 'µs';
  if (name.includes('timestamp_seconds')) return 's since 1970';
  if (name.includes('seconds')) return 's';
  return name.includes('bytes') ? 'bytes' : 'number';
}

function tables() {
  const rows = ([name, { type, help }]) => `| \`${name}\` | ${type} | ${unit(name)} | ${help} |`;
  return SECTIONS.map(([title, fits]) => [`## ${title}`, '', '| name | kind | unit | |', '| --- | --- | --- | --- |',
    ...[...exposed].filter(([name]) => fits(name)).map(rows), ''].join('\n')).join('\n');
}

before(async () => {
  await server.start();
  exposed = read(await (await fetch(`${server.origin}/metrics`)).text());
});
after(async () => {
  await server.stop();
  server.remove();
});

test('every metric is documented as the server exposes it, and no other', () => {
  const mark = '<!-- tables -->\n';
  const text = readFileSync(DOCUMENT, 'utf8');
  const [head, written] = text.split(mark);
  if (process.env.METRICS === 'write') writeFileSync(DOCUMENT, `${head}${mark}${tables()}`);
  else assert.equal(written, tables(), 'docs/metrics.md is old: METRICS=write node --test tests/control/metrics.test.mjs');
});

test('names and samples follow the format', async () => {
  const text = await (await fetch(`${server.origin}/metrics`)).text();
  const sampled = new Set();
  for (const line of text.trimEnd().split('\n').filter((l) => !l.startsWith('#'))) {
    const [, name] = /^([a-z_0-9]+)(?:\{[a-z]+="[^"]*"\})? \d+(?:\.\d+)?$/.exec(line) ?? assert.fail(line);
    sampled.add(name);
  }
  assert.deepEqual([...sampled].sort(), [...exposed.keys()].sort());
  for (const [name, { type }] of exposed) assert.equal(type === 'counter', name.endsWith('_total'), name);
});

test('the alert rules name what there is, and say what to do', () => {
  for (const name of readdirSync(file('deploy/prometheus')).filter((n) => n.endsWith('.rules.yml'))) {
    const { groups } = YAML.parse(readFileSync(file(`deploy/prometheus/${name}`), 'utf8'));
    const rules = groups.flatMap((group) => group.rules);
    assert.ok(rules.length > 0);
    assert.equal(new Set(rules.map((rule) => rule.alert)).size, rules.length);
    for (const rule of rules) {
      for (const metric of named(rule.expr)) assert.ok(exposed.has(metric), `${rule.alert}: ${metric}`);
      assert.ok(rule.annotations.summary.length > 10 && rule.annotations.description.length > 40, rule.alert);
      assert.match(rule.labels.severity, /^(critical|warning)$/, rule.alert);
    }
  }
});

test('the dashboard names what there is', () => {
  for (const name of readdirSync(file('deploy/grafana')).filter((n) => n.endsWith('.json'))) {
    const { panels, templating } = JSON.parse(readFileSync(file(`deploy/grafana/${name}`), 'utf8'));
    const shown = panels.filter((panel) => panel.type !== 'row');
    assert.ok(shown.length > 0);
    assert.equal(new Set(panels.map((panel) => panel.id)).size, panels.length);
    for (const panel of shown) {
      assert.ok(panel.title && panel.description, `${panel.id} has no title or description`);
      const metrics = panel.targets.flatMap((target) => named(target.expr));
      assert.ok(metrics.length > 0, panel.title);
      for (const metric of metrics) assert.ok(exposed.has(metric), `${panel.title}: ${metric}`);
    }
    for (const variable of templating.list.filter((v) => v.query?.query))
      for (const metric of named(variable.query.query)) assert.ok(exposed.has(metric), metric);
  }
});
