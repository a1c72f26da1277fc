// Makes TypeScript types and validators from docs/protocol.schema.json, the one source for both.
// The validators are plain code: Ajv's run-time compiler needs eval, which the page's CSP forbids.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { compile } from 'json-schema-to-typescript';

const SCHEMA = new URL('../../docs/protocol.schema.json', import.meta.url);
const OUT = new URL('../src/core/protocol/generated/', import.meta.url);
const HEAD = '// Generated from docs/protocol.schema.json by scripts/generate-protocol.mjs. Do not edit.\n';

// Parts of the schema that replies of the REST interface hold, too.
const REST_PARTS = ['room', 'participant', 'ice_server'];

const rename = (node, change) => {
  if (Array.isArray(node)) return node.map((item) => rename(item, change));
  if (node === null || typeof node !== 'object') return node;
  return change(Object.fromEntries(Object.entries(node).map(([key, value]) => [key, rename(value, change)])));
};

const typeName = (name) => name.replace(/(?:^|[._-])([a-z])/g, (_, letter) => letter.toUpperCase());

// Array limits would become unions of tuples; the limits are the validator's business.
const forTypes = (node) => {
  const { maxItems: _maxItems, minItems: _minItems, ...rest } = node;
  return typeof rest.$ref === 'string'
    ? { $ref: rest.$ref.replace(/^#\/\$defs\/(.+)$/, (_, name) => `#/definitions/${typeName(name)}`) }
    : rest;
};

const makeTypes = async (schema) => {
  const definitions = Object.fromEntries(
    Object.entries(schema.$defs).map(([name, def]) => [typeName(name), { ...rename(def, forTypes), title: typeName(name) }]),
  );
  const root = { title: 'Message', oneOf: [{ $ref: '#/definitions/Client' }, { $ref: '#/definitions/Server' }], definitions };
  const options = { bannerComment: HEAD, additionalProperties: false, unreachableDefinitions: true, format: false };
  return compile(root, 'Message', options);
};

// "Fields may be added to server messages: clients ignore what they do not know." Lengths of strings
// are the server's to enforce; counting code points here would take a run-time import.
const tolerant = (node) => {
  const { additionalProperties: _additional, maxLength: _max, minLength: _min, ...rest } = node;
  return rest;
};

const makeValidators = (schema) => {
  const defs = Object.fromEntries(Object.entries(schema.$defs).map(([name, def]) => [name, rename(def, tolerant)]));
  const ajv = new Ajv2020({ code: { source: true, esm: true, lines: false }, messages: false });
  ajv.addSchema({ $id: 'parley', $defs: defs });
  const types = Object.keys(defs).filter((name) => name.startsWith('server.')).map((name) => name.slice('server.'.length));
  const exportsByName = {};
  for (const name of [...types.map((type) => `server.${type}`), ...REST_PARTS]) {
    const id = `validate${typeName(name)}`;
    ajv.addSchema({ $id: id, $ref: `parley#/$defs/${name}` });
    exportsByName[id] = id;
  }
  const table = types.map((type) => `  [${JSON.stringify(type)}, validateServer${typeName(type)}],`).join('\n');
  return `${HEAD}${standaloneCode.default(ajv, exportsByName)}\nexport const serverValidators = new Map([\n${table}\n]);\n`;
};

const schema = JSON.parse(await readFile(SCHEMA, 'utf8'));
await mkdir(OUT, { recursive: true });
await writeFile(new URL('messages.ts', OUT), await makeTypes(schema));
await writeFile(new URL('validators.js', OUT), makeValidators(schema));
await writeFile(
  new URL('validators.d.ts', OUT),
  `${HEAD}import type { IceServer, Participant, Room } from './messages';
export const serverValidators: ReadonlyMap<string, (message: unknown) => boolean>;
export function validateRoom(value: unknown): value is Room;
export function validateParticipant(value: unknown): value is Participant;
export function validateIceServer(value: unknown): value is IceServer;\n`,
);
