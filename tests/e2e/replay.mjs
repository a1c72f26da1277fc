// Publishers that replay a clip: `parley load` in a room that is there, until the test ends.
import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { BINARY } from './server.mjs';

// pictures: files, the lowest layer first. netns: where they are. Gives the process.
export function replay(context, url, room, { pictures, sound, name, count = 1, netns, nice = 0 }) {
  const command = [BINARY, 'load', '--url', url, '--room', room, '--name', name, '--publishers', count, '--publishers-watch', 'no', '--subscribers', 0,
    '--pictures', pictures.join(','), '--sound', sound, '--duration', 86_400, '--quiet'].map(String);
  const [program, ...args] = netns ? ['ip', 'netns', 'exec', netns, ...command] : command;
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (nice) setPriority(child.pid, nice);
  context.onEnd(() => child.kill('SIGINT'));
  return child;
}
