// A results file pair NAME.{json,md} of measures that may run one by one: rows of one that runs again give way to the new ones.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { table } from './sfu-rows.mjs';

export const RESULTS = fileURLToPath(new URL('results/', import.meta.url));

function formerRows(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).rows;
  } catch { // the first time
    return [];
  }
}

const upper = (text) => text[0].toUpperCase() + text.slice(1);

function section(measure, rows) {
  const [{ commit, date, command }] = rows;
  const notes = [...new Set(rows.map((r) => r.how))].filter(Boolean).map((how) => `${upper(how)}.`);
  return [`## ${upper(measure.what)}`, '', `Commit ${commit}, ${date.slice(0, 16)}Z, \`${command}\`.`, '', table(rows), '', ...notes.flatMap((note) => [note, ''])];
}

// measures: [{name, what}] in the order of the file.
export class Results {
  constructor({ into, name, title, head, measures }) {
    this.path = `${into.replace(/\/*$/, '/')}${name}`;
    Object.assign(this, { into, title, head, measures });
    this.rows = formerRows(`${this.path}.json`);
  }

  // Written at once: what was measured is not lost when a later measure fails.
  put(name, found) {
    const marks = { measure: name, commit: this.head.commit.slice(0, 12), date: new Date().toISOString(), command: this.head.command };
    const all = [...this.rows.filter((r) => r.measure !== name), ...found.map((r) => ({ ...r, ...marks }))];
    this.rows = this.measures.flatMap((m) => all.filter((r) => r.measure === m.name));
    mkdirSync(this.into, { recursive: true });
    writeFileSync(`${this.path}.json`, `${JSON.stringify({ ...this.head, rows: this.rows }, null, 1)}\n`);
    writeFileSync(`${this.path}.md`, this.markdown());
  }

  markdown() {
    const { title, head } = this;
    const measured = this.measures.map((m) => [m, this.rows.filter((r) => r.measure === m.name)]).filter(([, rows]) => rows.length > 0);
    return [`# ${title}`, '', `${head.machine}; Linux ${head.kernel}`, '',
      ...(this.rows.some((r) => r.limited) ? ['¹: the load generator was late at times, so that the server\'s own figure is no worse.', ''] : []),
      ...measured.flatMap(([m, rows]) => section(m, rows))].join('\n');
  }
}
