// A client with two ways to the server, as a telephone has Wi-Fi and a mobile network: two network namespaces, two wires. Root.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const LAB = `two${process.pid % 1000}`;
const SERVER = '203.0.113.10';      // whichever way one comes
const WIRES = ['wifi', 'mobile'];   // the first is preferred while it is up

export const namespace = (name) => `${LAB}-${name}`;

const run = promisify(execFile);
const ip = (...args) => run('ip', args, { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
const client = (...args) => ip('-n', namespace('client'), ...args);
const server = (...args) => ip('-n', namespace('srv'), ...args);

async function wire(name, i) {
  await ip('link', 'add', name, 'netns', namespace('client'), 'type', 'veth', 'peer', name, 'netns', namespace('srv'));
  await server('addr', 'add', `10.8${i}.0.1/24`, 'dev', name);
  await server('link', 'set', name, 'up');
}

async function plug(name) {
  const i = WIRES.indexOf(name);
  await client('link', 'set', name, 'up');
  await client('addr', 'add', `10.8${i}.0.2/24`, 'dev', name);
  await client('route', 'add', 'default', 'via', `10.8${i}.0.1`, 'metric', String(100 * (i + 1)));
}

// As a network manager leaves a network: the address goes with it.
async function unplug(name) {
  await client('addr', 'flush', 'dev', name);
  await client('link', 'set', name, 'down');
}

// The server's namespace is `srv`, the client's `client`; at the beginning both wires are plugged in.
export async function twoLinks(context) {
  const down = async () => {
    for (const name of ['client', 'srv']) await ip('netns', 'delete', namespace(name)).catch(() => { });
  };
  await down();
  context.onEnd(down);
  for (const name of ['client', 'srv']) await ip('netns', 'add', namespace(name));
  for (const side of [client, server]) await side('link', 'set', 'lo', 'up');
  await server('addr', 'add', `${SERVER}/32`, 'dev', 'lo');
  for (const [i, name] of WIRES.entries()) {
    await wire(name, i);
    await plug(name);
  }
  await ip('netns', 'exec', namespace('srv'), 'sysctl', '-q', '-w', 'net.ipv4.ip_unprivileged_port_start=0');
  return { plug, unplug };
}
