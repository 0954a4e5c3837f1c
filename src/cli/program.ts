import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addDevCommand } from './commands/dev.ts';
import { addInitCommand } from './commands/init.ts';
import { addNodeCommand } from './commands/node.ts';
import { addReadCommand } from './commands/read.ts';
import { addStatusCommand } from './commands/status.ts';
import { addWatchCommand } from './commands/watch.ts';
import { addWriteCommand } from './commands/write.ts';
import { addKeepCommand } from './dev/keep.ts';
import { addAccessOptions } from './options.ts';
import { withoutValues } from './usage-errors.ts';

const MORE = `
Start here:
  stele dev                        # a whole cluster on this machine
  stele write orders.17 alice      # in another terminal
  stele read orders.17

Every flag can be given as an environment variable too: \`stele <command> --help\` names them. STELE_DEBUG=1 adds stack
traces to messages.`;

export function createProgram(): Command {
  const program = new Command('stele')
    .description('Registers that are written once and read by everyone after: fault-tolerant, on NATS.')
    .version(version(), '--version', 'print the version')
    .showHelpAfterError('(add --help for the flags, with examples)')
    .addHelpText('after', MORE)
    .configureOutput({ outputError: (sentence, write) => write(withoutValues(sentence)) })
    .exitOverride();
  addDevCommand(program);
  addInitCommand(program);
  addNodeCommand(program);
  addWriteCommand(program);
  addReadCommand(program);
  addWatchCommand(program);
  addStatusCommand(program);
  addKeepCommand(program);
  addAccessOptions(program.commands);
  return program;
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
