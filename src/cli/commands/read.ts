import type { Command } from 'commander';
import { BadInputError } from '../../contract/errors.ts';
import { problemWithName } from '../../contract/names.ts';
import { action } from '../action.ts';
import { connectClient } from '../connect/connection.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonOption, natsOption, OPERATION_TIMEOUT_MS, prefixOption, timeoutOption } from '../options.ts';
import { say, writeOut } from '../output.ts';
import { jsonLine } from '../values.ts';
import { writeValue } from './write.ts';

interface ReadOptions {
  readonly nats: string;
  readonly prefix?: string;
  readonly timeout: number;
  readonly json?: true;
}

const MORE = `
It prints the value's bytes as they are; only a terminal gets the end of a line after them. With --json, winner is the id
of the operation that the value belongs to.

Examples:
  stele read orders.17
  stele read backups.2026-01-31 > manifest
  stele read orders.17 --json

Exit codes:
  0  the register has a value
  1  it is empty: no value has been written
  2  bad usage or input
  3  unavailable: no quorum answered in time, NATS cannot be reached, or the value is larger than NATS carries`;

export function addReadCommand(program: Command): void {
  program
    .command('read')
    .description('Read a register')
    .argument('<name>', 'the name of the register, such as orders.17')
    .addOption(natsOption())
    .addOption(prefixOption())
    .addOption(timeoutOption('the value', OPERATION_TIMEOUT_MS))
    .addOption(jsonOption('the outcome and the value'))
    .addHelpText('after', MORE)
    .action(action(EXIT.unavailable, read));
}

async function read(name: string, options: ReadOptions): Promise<number> {
  const problem = problemWithName(name);
  if (problem !== undefined) throw new BadInputError(problem);
  const connection = await connectClient(options, 'stele read');
  try {
    const { createRegisters } = await import('../../client/index.ts');
    const registers = createRegisters(connection, {
      ...(options.prefix === undefined ? {} : { prefix: options.prefix }),
      timeoutMs: options.timeout,
    });
    const found = await registers.find(name);
    if (found === undefined) {
      if (options.json) await writeOut(`${JSON.stringify({ register: name, outcome: 'empty' })}\n`);
      else say(`empty: ${name} has not been written`);
      return EXIT.otherwise;
    }
    const { bytes, ballot, winner } = found;
    if (options.json) await writeOut(`${jsonLine({ register: name, outcome: 'decided', ballot, winner }, bytes)}\n`);
    else await writeValue(bytes);
    return EXIT.ok;
  } finally {
    await connection.close();
  }
}
