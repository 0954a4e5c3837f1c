import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** How a process ended: one of the two is null. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly pid: number | undefined;
  readonly exit: Promise<ChildExit>;
  /** Asks it to leave, and ends it by force if it has not left in time. Resolves once it is gone. */
  stop(graceMs: number): Promise<void>;
  /** Ends it at once, and what it has started. */
  kill(): void;
}

/**
 * Starts this very command line again, with other arguments, in a process group of its own: Ctrl-C in the terminal goes to
 * the parent only, which then stops its children in order. They leave too when the parent is killed: their IPC channel closes.
 * @param onLine is given each line that it prints.
 */
export function startChild(args: readonly string[], onLine: (line: string) => void): Child {
  const script = process.argv[1] ?? '';
  // A debugger's port is for one process only.
  const runtime = process.execArgv.filter((argument) => !argument.startsWith('--inspect'));
  const child = spawn(process.execPath, [...runtime, script, ...args], {
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    windowsHide: true,
  });
  for (const stream of [child.stdout, child.stderr]) forwardLines(stream, onLine);
  const exit = new Promise<ChildExit>((resolve) => {
    child.once('exit', (code, signal) => {
      killGroup(child);
      resolve({ code, signal });
    });
    child.once('error', (error) => {
      onLine(error.message);
      if (child.pid === undefined) resolve({ code: 1, signal: null });
    });
  });
  return {
    pid: child.pid,
    exit,
    kill: () => killGroup(child),
    stop: async (graceMs) => {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => {
        onLine('it has not left in time, and is ended by force');
        killGroup(child);
      }, graceMs);
      await exit;
      clearTimeout(timer);
    },
  };
}

/** `was killed by SIGKILL`, `ended with exit code 4`. */
export function howItEnded({ code, signal }: ChildExit): string {
  return signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`;
}

/** The child leads its process group, so that whatever it has left behind goes with it. */
function killGroup(child: ChildProcess): void {
  if (process.platform === 'win32' || child.pid === undefined) {
    child.kill('SIGKILL');
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function forwardLines(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on('line', onLine);
}
