import type { Command } from 'commander';
import { reportFailure } from './failure.ts';

/**
 * Makes a command's action of a function that returns the exit code. A failure is told in a sentence.
 * @param ifOther the exit code of a failure that nobody foresaw. For clients it is the code of `unknown`: they must not
 *   take a bug for an answer.
 */
export function action<Args extends unknown[]>(
  ifOther: number,
  body: (...args: Args) => Promise<number>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    try {
      process.exitCode = await body(...args);
    } catch (error) {
      process.exitCode = await reportFailure(error, { json: command.opts().json === true, ifOther });
    }
  };
}
