import { type Command, Option } from 'commander';
import { BadInputError } from '../errors.ts';
import { action } from './action.ts';
import { connectClient } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import { jsonOption, natsOption, prefixOption, wholeNumber } from './options.ts';
import { onReaderGone, say, writeOut } from './output.ts';
import { listenForShutdown } from './shutdown.ts';
import { jsonLine, showValue } from './values.ts';

interface WatchOptions {
  readonly nats: string;
  readonly prefix?: string;
  readonly count?: number;
  readonly json?: true;
}

const MORE = `
One line a decision: the register, its value, the ballot that it was chosen at. Values that are not printable text are
shown as base64:… (with line breaks or tabs: as text:"…"). A decision that is made while this command is cut off from NATS
is not shown: reading the register tells.

Examples:
  stele watch                        # every decision
  stele watch 'orders.>'             # those of orders.17, orders.eu.18, …
  stele watch 'orders.*' --json      # one JSON object a line
  stele watch leader.epoch-9 --count 1   # wait until that one is decided

Exit codes:
  0  ended: by Ctrl-C or SIGTERM, by the end of its reader, or after --count decisions
  2  bad usage or input
  3  NATS cannot be reached`;

export function addWatchCommand(program: Command): void {
  program
    .command('watch')
    .description('Print decisions as they happen')
    .argument('[pattern]', 'a name in which * stands for one token and > for all that follow', '>')
    .addOption(
      new Option('--count <n>', 'stop after so many decisions')
        .env('STELE_COUNT')
        .argParser(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
    )
    .addOption(natsOption())
    .addOption(prefixOption())
    .addOption(jsonOption('each decision'))
    .addHelpText('after', MORE)
    .action(action(EXIT.unavailable, watch));
}

async function watch(pattern: string, options: WatchOptions): Promise<number> {
  const { problemWithPattern } = await import('../client/watch.ts');
  const problem = problemWithPattern(pattern);
  if (problem !== undefined) throw new BadInputError(problem);
  const shutdown = listenForShutdown();
  const connection = await connectClient(options, 'stele watch');
  const leave = () => void connection.close();
  shutdown.signal.addEventListener('abort', leave);
  if (shutdown.signal.aborted) leave();
  onReaderGone(leave);
  void tellOfGaps(connection.status());
  const { createRegisters } = await import('../client/index.ts');
  const registers = createRegisters(connection, options.prefix === undefined ? {} : { prefix: options.prefix });
  let left = options.count ?? Number.POSITIVE_INFINITY;
  try {
    const decisions = registers.watch(pattern);
    await connection.flush();
    say(`stele: watching ${pattern}; Ctrl-C ends it.`);
    for await (const { name, bytes, ballot, opId } of decisions) {
      const line = options.json
        ? jsonLine({ register: name, ballot, opId }, bytes)
        : `${name}  ${showValue(bytes)}  ${ballot}`;
      await writeOut(`${line}\n`);
      left -= 1;
      if (left === 0) break;
    }
  } finally {
    await connection.close();
  }
  return EXIT.ok;
}

async function tellOfGaps(status: AsyncIterable<{ readonly type: string }>): Promise<void> {
  for await (const { type } of status) {
    if (type === 'disconnect')
      say('stele: lost the connection to NATS; decisions made meanwhile are not shown here. Reconnecting…');
    if (type === 'reconnect') say('stele: connected to NATS again.');
  }
}
