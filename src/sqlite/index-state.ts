import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { checksumOf } from './checksum.ts';
import type { Row } from './database.ts';
import type { HashSeed } from './name-hash.ts';

const WHOLE = z.int().nonnegative();
const STATE = z.object({
  /** Whose journal it is the index of. */
  storeId: z.string(),
  seed: z.tuple([WHOLE, WHOLE]),
  /** The last commit up to which every register that was saved has its entry here, and the checksum of its block. */
  folded: z.object({ commit: WHOLE, checksum: WHOLE }),
  /** From the oldest to the newest. */
  runs: z.array(z.object({ id: WHOLE, entries: WHOLE })).readonly(),
});

/** What an index file says of itself: one row, so that it changes all at once. */
export type IndexState = z.infer<typeof STATE>;

export function newIndexState(storeId: string): IndexState {
  const seed: HashSeed = [randomInt(2 ** 32), randomInt(2 ** 32)];
  return { storeId, seed: [...seed], folded: { commit: 0, checksum: 0 }, runs: [] };
}

export type Folded = IndexState['folded'];

export function stateColumns(state: IndexState): [text: string, checksum: number] {
  const text = JSON.stringify(state);
  return [text, checksumOf(['index', text])];
}

/** @returns undefined unless the rows are one, and it is, to the bit, as it was written. */
export function parseState(rows: readonly Row[]): IndexState | undefined {
  const [row] = rows;
  if (rows.length !== 1 || typeof row?.state !== 'string') return undefined;
  if (checksumOf(['index', row.state]) !== row.checksum) return undefined;
  return STATE.safeParse(JSON.parse(row.state)).data;
}
