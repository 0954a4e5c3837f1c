#!/usr/bin/env node
import { CommanderError } from 'commander';
import { tidyEnvironment } from './environment.ts';
import { EXIT } from './exit-codes.ts';
import { onReaderGone, writeOut } from './output.ts';
import { createProgram } from './program.ts';
import { withoutValues } from './usage-errors.ts';

tidyEnvironment(process.env);
// Whoever lists the processes of this machine must not read a password.
if (process.argv.some((argument) => argument.includes('@'))) process.title = 'stele';
onReaderGone(() => undefined);
const program = createProgram();
if (process.argv.length <= 2) program.outputHelp();
else {
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) {
      // Its sentence is on standard error already.
      process.exitCode = EXIT.badInput;
      if (wantsJson()) await writeOut(`${JSON.stringify(usageAsJson(error))}\n`);
    }
  }
}
// Connections that are still being tried, and timers, are nobody's business any more.
process.exit();

function wantsJson(): boolean {
  return process.argv.includes('--json') || process.env.STELE_JSON !== undefined;
}

function usageAsJson(error: CommanderError): Record<string, unknown> {
  return { outcome: 'refused', code: 400, error: withoutValues(error.message), reason: 'STELE_BAD_INPUT' };
}
