import { type Command, Option } from 'commander';
import type { Decided, Registers, Watch, WatchGap } from '../../client/index.ts';
import { BadInputError } from '../../contract/errors.ts';
import { problemWithName } from '../../contract/names.ts';
import { action } from '../action.ts';
import { connectClient } from '../connect/connection.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonOption, natsOption, prefixOption, wholeNumber } from '../options.ts';
import { onReaderGone, say, writeOut } from '../output.ts';
import { listenForShutdown } from '../shutdown.ts';
import { jsonLine, showValue } from '../values.ts';

interface WatchOptions {
  readonly nats: string;
  readonly prefix?: string;
  readonly count?: number;
  readonly json?: true;
}

const MORE = `
One line a decision: the register, its value, the ballot that it was chosen at. Values that are not printable text are
shown as base64:… (with line breaks or tabs: as text:"…").

A name without * and > is waited for: its decision is printed as soon as it is made, at once where it is already, and the
command ends. With * or >, decisions are printed as they happen, from now on. One that is made while this command is cut off
from NATS is not shown; that there may be such ones is said, with --json as a line of type "gap". Reading the registers tells.

Examples:
  stele watch                        # every decision
  stele watch 'orders.>'             # those of orders.17, orders.eu.18, …
  stele watch 'orders.*' --json      # one JSON object a line
  stele watch leader.epoch-9 --count 1   # wait until that one is decided

Exit codes:
  0  ended: by Ctrl-C or SIGTERM, by the end of its reader, after --count decisions, or after that of a name
  2  bad usage or input
  3  NATS cannot be reached, turned this command away, or does not permit it to watch`;

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
  const { problemWithPattern } = await import('../../client/pattern.ts');
  const problem = problemWithPattern(pattern);
  if (problem !== undefined) throw new BadInputError(problem);
  const ending = new AbortController();
  const end = () => ending.abort();
  const shutdown = listenForShutdown();
  shutdown.signal.addEventListener('abort', end);
  if (shutdown.signal.aborted) end();
  onReaderGone(end);
  const connection = await connectClient(options, 'stele watch');
  try {
    void tellOfConnection(connection.status());
    const { createRegisters } = await import('../../client/index.ts');
    const registers = createRegisters(connection, options.prefix === undefined ? {} : { prefix: options.prefix });
    if (problemWithName(pattern) === undefined) {
      await printOne(registers, pattern, options, ending.signal);
    } else {
      const items = registers.watch(pattern);
      await connection.flush();
      say(`stele: watching ${pattern}; Ctrl-C ends it.`);
      await printAll(items, options, ending.signal);
    }
  } finally {
    await connection.close();
  }
  return EXIT.ok;
}

async function printOne(registers: Registers, name: string, options: WatchOptions, ending: AbortSignal): Promise<void> {
  say(`stele: waiting for ${name}; Ctrl-C ends it.`);
  try {
    await printDecision(await registers.waitFor(name, { signal: ending }), options);
  } catch (error) {
    if (!ending.aborted) throw error;
  }
}

async function printAll(items: Watch, options: WatchOptions, ending: AbortSignal): Promise<void> {
  ending.addEventListener('abort', () => items.stop());
  if (ending.aborted) items.stop();
  let left = options.count ?? Number.POSITIVE_INFINITY;
  for await (const item of items) {
    if (item.type === 'gap') {
      await tellOfGap(item, options);
      continue;
    }
    await printDecision(item, options);
    left -= 1;
    if (left === 0) break;
  }
}

async function printDecision({ name, bytes, ballot, winner }: Decided, { json }: WatchOptions): Promise<void> {
  // opId is what winner was called before.
  const line = json
    ? jsonLine({ register: name, ballot, opId: winner, winner }, bytes)
    : `${name}  ${showValue(bytes)}  ${ballot}`;
  await writeOut(`${line}\n`);
}

async function tellOfGap({ type, fromMs, toMs }: WatchGap, { json }: WatchOptions): Promise<void> {
  const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString());
  say(`stele: decisions made from ${from} to ${to} may be missing here: reading the registers tells.`);
  if (json) await writeOut(`${JSON.stringify({ type, from, to })}\n`);
}

async function tellOfConnection(status: AsyncIterable<{ readonly type: string; readonly data: unknown }>) {
  for await (const { type, data } of status) {
    if (type === 'disconnect') say('stele: lost the connection to NATS. Reconnecting…');
    if (type === 'reconnect') say('stele: connected to NATS again.');
    if (type === 'error') say(`stele: NATS says ${String(data)}.`);
  }
}
