import { StoreCorruptError, StoreFailedError } from '../../contract/errors.ts';
import type { Identity } from '../../ports.ts';
import { checksumOf } from './checksum.ts';
import type { Database, Parameter, Row, Statement } from './database.ts';

/** The one row that says whose store this is, and how far it had come at least. */
export interface IdentityRow extends Identity {
  /** Commits when the store was last opened or closed: the journal cannot have fewer. */
  readonly commits: number;
  readonly enrolled: boolean;
}

const READ = 'SELECT * FROM identity';
const WRITE = `
INSERT INTO identity (id, cluster, member, members, store_id, incarnation, commits, enrolled, checksum)
VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
  incarnation = excluded.incarnation, commits = excluded.commits, enrolled = excluded.enrolled,
  checksum = excluded.checksum`;

/** Writes the identity. What never changes is written once, with the first row. */
export class IdentityTable {
  readonly #write: Statement;

  private constructor(write: Statement) {
    this.#write = write;
  }

  static async prepare(database: Database): Promise<IdentityTable> {
    return new IdentityTable(await database.prepare(WRITE));
  }

  async write(row: IdentityRow): Promise<void> {
    const columns = columnsOf(row);
    const written = await this.#write.run(...columns, identityChecksum(columns));
    if (written !== 1) throw new StoreFailedError(`SQLite wrote ${written} rows of identity in place of 1`);
  }
}

function columnsOf(row: IdentityRow): Parameter[] {
  return [
    row.cluster,
    row.member,
    JSON.stringify(row.members),
    row.storeId,
    row.incarnation,
    row.commits,
    row.enrolled ? 1 : 0,
  ];
}

/** @throws StoreCorruptError unless there is exactly one row and it is, to the bit, as it was written. */
export async function readIdentity(database: Database, file: string): Promise<IdentityRow> {
  const rows = await database.all(READ);
  const row = rows.length === 1 && rows[0] !== undefined ? parse(rows[0]) : undefined;
  if (row !== undefined) return row;
  throw new StoreCorruptError(
    `The identity in ${file} is damaged: it does not say for sure whose store this is, nor which start was its last. The member does not start on it; the registers are safe with a majority of the others. Check the disk. Do not put an older copy of the store in its place, nor a new one under the same id.`,
  );
}

function parse(row: Row): IdentityRow | undefined {
  const { cluster, member, members: membersText, store_id: storeId, incarnation, commits, enrolled, checksum } = row;
  if (identityChecksum([cluster, member, membersText, storeId, incarnation, commits, enrolled]) !== checksum) return;
  if (typeof cluster !== 'string' || typeof member !== 'string' || typeof storeId !== 'string') return;
  if (typeof incarnation !== 'number' || typeof commits !== 'number') return;
  const members: unknown = JSON.parse(String(membersText));
  if (!Array.isArray(members) || !members.every((one) => typeof one === 'string')) return;
  return { cluster, member, members, storeId, incarnation, commits, enrolled: enrolled === 1 };
}

function identityChecksum(columns: readonly unknown[]): number {
  return checksumOf(['identity', ...columns]);
}
