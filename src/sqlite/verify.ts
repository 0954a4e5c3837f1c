import { StoreCorruptError } from '../errors.ts';
import type { Database, Statement } from './database.ts';
import { decodeRow } from './rows.ts';

/** Rows looked at with one statement. */
const STEP_ROWS = 2_048;

const STEP = 'SELECT * FROM registers WHERE name > ? ORDER BY name LIMIT ?';

/**
 * Looks at every register once, before any is answered for. A checksum tells that a row which was found is damaged; only a
 * look at all of them tells that one cannot be found, because its own name or one on the way to it has changed: it would
 * read as untouched, and a member that takes a register for untouched has forgotten its votes.
 * @param registers how many there should be.
 * @throws StoreCorruptError unless there are exactly so many, in order, each as it was written.
 */
export async function verifyRegisters(database: Database, file: string, registers: number): Promise<void> {
  const step = await database.prepare(STEP);
  const seen = await countInOrder(step, file);
  if (seen !== registers)
    throw outOfOrder(file, `it holds ${seen} registers, and says that it should hold ${registers}`);
}

async function countInOrder(step: Statement, file: string): Promise<number> {
  let seen = 0;
  let last = '';
  for (;;) {
    const rows = await step.all(last, STEP_ROWS);
    for (const row of rows) {
      const { name } = decodeRow(row);
      // Names are ASCII, so JavaScript orders them as SQLite does.
      if (name <= last) throw outOfOrder(file, `register ${name} is out of its place`);
      last = name;
    }
    seen += rows.length;
    if (rows.length < STEP_ROWS) return seen;
  }
}

function outOfOrder(file: string, what: string): StoreCorruptError {
  return new StoreCorruptError(
    `${file} is damaged: ${what}. The member does not start on it; the registers are safe with a majority of the others. Check the disk. Do not put an older copy of the store in its place, nor a new one under the same id.`,
  );
}
