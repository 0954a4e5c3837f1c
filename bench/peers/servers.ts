import { startChild } from '../../test/torture/children.ts';
import type { Site } from './site.ts';

const TAIL_CHARACTERS = 4_000;

/** A process that serves for as long as the run goes on. */
export interface Server {
  readonly name: string;
  readonly pid: number;
  /** Why it is not there any more, with its last words; undefined while it runs. */
  readonly ended: () => string | undefined;
  readonly kill: () => Promise<void>;
}

/** Starts a process in a group of its own, so that Ctrl-C in a terminal ends this program first, and it the others. */
export function startServer(site: Site, name: string, command: string, args: readonly string[]): Server {
  const child = startChild(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, cwd: site.directory });
  let said = '';
  let ended: string | undefined;
  for (const stream of [child.process.stdout, child.process.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-TAIL_CHARACTERS);
    });
  }
  child.process.once('error', (error) => {
    said += error.message;
  });
  void child.exit.then((exit) => {
    ended = `${name} ended (${exit}) and said:\n${said}`;
  });
  const kill = async () => {
    child.process.kill('SIGKILL');
    await child.exit;
  };
  // Its files go as well, so there is nothing to end in good order.
  site.undo.add(kill);
  return { name, pid: child.pid, ended: () => ended, kill };
}

/** The first of these that is not there any more, in words. */
export function endedOf(servers: readonly Server[]): string | undefined {
  return servers.map(({ ended }) => ended()).find((words) => words !== undefined);
}
