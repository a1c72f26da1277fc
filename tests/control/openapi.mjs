// Answers of the REST interface against docs/openapi.yaml.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import YAML from 'yaml';

export const document = YAML.parse(readFileSync(new URL('../../docs/openapi.yaml', import.meta.url), 'utf8'));
const ajv = new Ajv2020({ strict: false });
addFormats(ajv);
ajv.addSchema(document, 'openapi');
export const answered = new Set();    // "get /healthz 200", over a test file

// Throws unless the document allows this answer of that operation; gives the body.
export async function documented(method, template, response) {
  const operation = document.paths[template][method];
  assert.ok(operation, `${method} ${template} is not in openapi.yaml`);
  let described = operation.responses[String(response.status)];
  assert.ok(described, `${method} ${template} answered ${response.status}, which openapi.yaml does not know`);
  let at = `/paths/${template.replaceAll('/', '~1')}/${method}/responses/${response.status}`;
  if (described.$ref) {
    at = described.$ref.slice(1);
    described = document.components.responses[described.$ref.split('/').at(-1)];
  }
  const type = (response.headers.get('content-type') ?? '').split(';')[0];
  assert.ok(described.content[type], `${method} ${template} ${response.status} came as ${type}`);
  for (const [name, header] of Object.entries(described.headers ?? {}))
    if (header.required) assert.ok(response.headers.get(name), `${name} is missing`);
  const text = await response.text();
  const body = type.endsWith('json') ? JSON.parse(text) : text;
  const pointer = `openapi#${at}/content/${type.replaceAll('/', '~1')}/schema`.replaceAll('{', '%7B').replaceAll('}', '%7D');
  const validate = ajv.getSchema(pointer) ?? ajv.compile({ $ref: pointer });
  assert.ok(validate(body), `${method} ${template} ${response.status}: ${ajv.errorsText(validate.errors)} in ${text.slice(0, 300)}`);
  if (type === 'application/problem+json') assert.equal(body.status, response.status);
  answered.add(`${method} ${template} ${response.status}`);
  return body;
}
