import type { Command } from 'commander';
import { BadInputError } from '../../contract/errors.ts';
import { problemWithName } from '../../contract/names.ts';
import { action } from '../action.ts';
import { connectClient } from '../connect/connection.ts';
import { EXIT } from '../exit-codes.ts';
import { readInput } from '../input.ts';
import { jsonOption, natsOption, OPERATION_TIMEOUT_MS, opIdOption, prefixOption, timeoutOption } from '../options.ts';
import { say, writeOut } from '../output.ts';
import { jsonLine } from '../values.ts';

interface WriteOptions {
  readonly nats: string;
  readonly prefix?: string;
  readonly timeout: number;
  readonly opId?: string;
  readonly json?: true;
}

const MORE = `
The first write of a register wins, and its value stays for ever. A write that lost prints the value that is there.
When the outcome is unknown, the message names the operation id: the same command with --op-id settles it. With --json,
winner is the id of the operation that the value belongs to, and opId that of this write.

Examples:
  stele write orders.17 alice                     # the bytes of "alice"
  stele write orders.17 '{"owner":"alice"}'       # any JSON, or any bytes
  stele write backups.2026-01-31 - < manifest     # the bytes of standard input
  stele write orders.17 alice --op-id order-17-a  # safe to repeat: it says won each time, if it won once
  stele write orders.18 -- -5                     # a value that starts with a dash

Exit codes:
  0  won: this value is the register's value
  1  lost: the register already had another operation's value, which is printed
  2  bad usage or input: nothing was written
  3  unknown (it may yet take effect), or unavailable: NATS or the service cannot be reached, or refuses for now`;

export function addWriteCommand(program: Command): void {
  program
    .command('write')
    .description('Write a register, once and for all')
    .argument('<name>', 'the name of the register, such as orders.17')
    .argument('<value>', 'its value; - reads standard input')
    .addOption(opIdOption())
    .addOption(natsOption())
    .addOption(prefixOption())
    .addOption(timeoutOption('the outcome', OPERATION_TIMEOUT_MS))
    .addOption(jsonOption('the outcome'))
    .addHelpText('after', MORE)
    .action(action(EXIT.unavailable, write));
}

async function write(name: string, text: string, options: WriteOptions): Promise<number> {
  const problem = problemWithName(name);
  if (problem !== undefined) throw new BadInputError(problem);
  const value = text === '-' ? await readInput() : Buffer.from(text);
  const connection = await connectClient(options, 'stele write');
  try {
    const { createRegisters } = await import('../../client/index.ts');
    const registers = createRegisters(connection, {
      ...(options.prefix === undefined ? {} : { prefix: options.prefix }),
      timeoutMs: options.timeout,
    });
    const { outcome, bytes, ballot, opId, winner } = await registers.write(
      name,
      value,
      options.opId === undefined ? {} : { opId: options.opId },
    );
    const won = outcome === 'won';
    if (options.json) {
      await writeOut(`${jsonLine({ register: name, outcome, ballot, opId, winner }, bytes)}\n`);
    } else if (won) {
      say(`won: ${name} has this value for ever (ballot ${ballot})`);
    } else {
      const whose = winner === opId ? `, written before with this very operation id` : '';
      say(`lost: ${name} already had this value${whose}:`);
      await writeValue(bytes);
    }
    return won ? EXIT.ok : EXIT.otherwise;
  } finally {
    await connection.close();
  }
}

/** The very bytes; a terminal gets the end of a line after them. */
export async function writeValue(bytes: Uint8Array): Promise<void> {
  await writeOut(bytes);
  if (process.stdout.isTTY) await writeOut('\n');
}
