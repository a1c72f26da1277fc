// A small internet in namespaces: tests/netlab/netlab.sh, up for one test.
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const DIR = fileURLToPath(new URL('../netlab/', import.meta.url));
const LAB = `e2e${process.pid % 1000}`;
const run = promisify(execFile);

function build() {
  const program = `${DIR}linkem`;
  if (existsSync(program) && statSync(program).mtimeMs > statSync(`${program}.c`).mtimeMs) return;
  execFileSync(process.env.CC ?? 'cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, `${program}.c`, '-lm'], { stdio: 'inherit' });
}

export const namespace = (name) => `${LAB}-${name}`;

// nats: {a: 'cone', b: 'symmetric'}. The public server's namespace is `srv`, 203.0.113.10.
export async function netlab(context, nats) {
  build();
  const script = (...args) => run(`${DIR}netlab.sh`, args, { env: { ...process.env, LAB, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
  await script('down').catch(() => { });
  await script('up', ...Object.entries(nats).map(([name, nat]) => `${name}=${nat}`));
  context.onEnd(() => script('down'));
  await script('exec', 'srv', 'sysctl', '-q', '-w', 'net.ipv4.ip_unprivileged_port_start=0');
  return {
    nat: (name, kind) => script('nat', name, kind),
    link: (name, command) => script('link', name, command),
    // Where netlab.sh keeps what belongs to a client's link: NAME.ctl takes commands, NAME.log gets the reports.
    state: `/tmp/netlab-${LAB}`,
  };
}
