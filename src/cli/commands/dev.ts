import { type Command, Option } from 'commander';
import { action } from '../action.ts';
import type { DevOptions } from '../dev/run.ts';
import { EXIT } from '../exit-codes.ts';
import { DEFAULT_NATS_PORT, DEFAULT_NODES, wholeNumber } from '../options.ts';
import { dataOption } from './init.ts';

const NODES_MAX = 9;

const MORE = `
A NATS server on the loopback interface, and each member its own process with its own store. It needs nats-server, and
installs it with apt-get where it is missing and may be. A member that dies is started again. Ctrl-C stops them all; the
next \`stele dev\` finds everything that was written.

Examples:
  stele dev
  stele dev --nodes 5 --port 4333 --data five

Exit codes:
  0    asked to stop, and everything is stopped
  1    something could not be started, such as a missing nats-server
  2    bad usage or input: a port in use, a directory that cannot be written or has a cluster of another size
  3    the NATS server that was started does not answer
  4    so many stores may not be used that there can be no quorum
  5    SQLite's driver, or what locks files, is not installed or does not load: the message says how to build it
  129  a second SIGHUP: everything was ended at once; 130: a second SIGINT; 143: a second SIGTERM`;

export function addDevCommand(program: Command): void {
  program
    .command('dev')
    .description('Run a whole cluster on this machine, to develop with')
    .addOption(
      new Option(
        '--nodes <n>',
        `how many members (default: ${DEFAULT_NODES}, or as many as there are in the directory)`,
      )
        .env('STELE_NODES')
        .argParser(wholeNumber(1, NODES_MAX)),
    )
    .addOption(
      new Option('--port <port>', 'the port of the NATS server')
        .env('STELE_PORT')
        .default(DEFAULT_NATS_PORT)
        .argParser(wholeNumber(1, 65_535)),
    )
    .addOption(dataOption('where the stores are').default('.stele'))
    .addHelpText('after', MORE)
    .action(
      action(EXIT.otherwise, async (options: DevOptions) => {
        const { runDev } = await import('../dev/run.ts');
        return runDev(options);
      }),
    );
}
