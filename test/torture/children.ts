import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';

/** An exit code, or the signal that ended the process. */
export type Exit = number | NodeJS.Signals;

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly exit: Promise<Exit>;
}

const running = new Set<ChildProcess>();

// However this process ends, what it started ends with it.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a process that does not outlive this one. */
export function startChild(command: string, args: readonly string[], options: SpawnOptions): Child {
  const child = spawn(command, args, options);
  running.add(child);
  const exit = once(child, 'exit').then(
    ([code, signal]: unknown[]) => (code ?? signal) as Exit,
    () => 127 as Exit,
  );
  void exit.then(() => running.delete(child));
  return { process: child, pid: child.pid ?? -1, exit };
}
