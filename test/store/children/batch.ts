import { createHash } from 'node:crypto';
import type { Change } from '../../../src/protocol/batch.ts';
import { UNTOUCHED } from '../../../src/protocol/register.ts';

export const BATCH_REGISTERS = 8;

/** The same changes for the same number, in every process: 8 new registers with values of 1 KiB. */
export function batchOf(number: number): Change[] {
  return Array.from({ length: BATCH_REGISTERS }, (_, at) => {
    const name = `batch.${number}.${createHash('sha256').update(`${number}/${at}`).digest('hex')}`;
    const ballot = { round: number + 1, node: 'n1', incarnation: 1 };
    const value = Buffer.alloc(1_024, name);
    const accepted = { ballot, proposal: { opId: `op-${number}-${at}`, value } };
    return { name, before: UNTOUCHED, after: { promised: ballot, accepted, decided: at % 2 === 0 } };
  });
}
