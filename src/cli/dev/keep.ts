import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { action } from '../action.ts';
import { EXIT } from '../exit-codes.ts';
import { listenForShutdown } from '../shutdown.ts';

/** How long the program has to end by itself once it is asked to. */
const GRACE_MS = 3_000;

/**
 * `stele keep -- PROGRAM ARGS…` runs a program that knows nothing of its parent (a NATS server) for as long as the process
 * that started `keep` lives. Only `stele dev` uses it.
 */
export function addKeepCommand(program: Command): void {
  program
    .command('keep', { hidden: true })
    .argument('<program>')
    .argument('[args...]')
    .action(action(EXIT.otherwise, keep));
}

async function keep(program: string, args: readonly string[]): Promise<number> {
  const shutdown = listenForShutdown();
  if (shutdown.signal.aborted) return EXIT.ok;
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], windowsHide: true });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? EXIT.otherwise));
  });
  shutdown.signal.addEventListener('abort', () => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref();
  });
  return ended;
}
