import { StoreCorruptError, StoreFailedError } from '../../contract/errors.ts';
import type { Database, Statement } from '../sqlite/database.ts';
import { type Block, readBlock } from './block.ts';

/** Blocks read with one statement, so that a commit never waits for long behind a look-up. */
const READ_BLOCKS = 16;
/** What is read ahead while the journal is gone through: so many bytes, or one block. */
const STEP_BYTES = 4_194_304;
const STEP_BLOCKS_MAX = 1_024;

/** The journal: one row a commit, each written once. It is where every state is, for ever. */
export class Journal {
  readonly #database: Database;
  readonly #file: string;
  /** By how many rows they append. */
  readonly #appends = new Map<number, Statement>();
  readonly #read: Statement;
  readonly #step: Statement;

  private constructor(database: Database, file: string, read: Statement, step: Statement) {
    this.#database = database;
    this.#file = file;
    this.#read = read;
    this.#step = step;
  }

  static async prepare(database: Database, file: string): Promise<Journal> {
    return new Journal(
      database,
      file,
      await database.prepare('SELECT id, block FROM journal WHERE id IN (SELECT value FROM json_each(?))'),
      await database.prepare('SELECT id, block FROM journal WHERE id > ? ORDER BY id LIMIT ?'),
    );
  }

  /**
   * All of them or none: a statement is atomic by itself, and needs no transaction around it. Resolves once they are on the
   * disk.
   */
  async append(blocks: readonly Block[]): Promise<void> {
    const statement = this.#appends.get(blocks.length) ?? (await this.#prepareAppend(blocks.length));
    const written = await statement.run(...blocks.flatMap(({ commit, bytes }) => [commit, bytes]));
    if (written === blocks.length) return;
    throw new StoreFailedError(`SQLite wrote ${written} rows of the journal in place of ${blocks.length}`);
  }

  /** @throws StoreCorruptError unless all of them are there, as they were written. */
  async read(commits: readonly number[]): Promise<Block[]> {
    const blocks: Block[] = [];
    for (let from = 0; from < commits.length; from += READ_BLOCKS) {
      const wanted = commits.slice(from, from + READ_BLOCKS);
      const rows = await this.#read.all(JSON.stringify(wanted));
      const found = new Map(rows.map((row) => [row.id, row.block]));
      for (const commit of wanted) blocks.push(readBlock(this.#file, commit, found.get(commit)));
    }
    return blocks;
  }

  /**
   * The blocks after a commit, up to another, in order.
   * @throws StoreCorruptError unless all of them are there, as they were written, and count registers on from each other.
   */
  async *after(commit: number, to: number): AsyncGenerator<Block> {
    let last = commit;
    let limit = 1;
    let registers = commit === 0 ? 0 : undefined;
    while (last < to) {
      const rows = await this.#step.all(last, Math.min(limit, to - last));
      // The last one is there: only a file that changes meanwhile comes here, and would be gone through for ever.
      if (rows.length === 0) throw this.#missing(last + 1);
      let bytes = 0;
      for (const row of rows) {
        const block = readBlock(this.#file, last + 1, row.block);
        if (registers !== undefined && block.registers !== registers + block.newRegisters)
          throw this.#missing(last + 1);
        ({ commit: last, registers } = block);
        bytes += block.bytes.length;
        yield block;
      }
      limit = Math.min(STEP_BLOCKS_MAX, 2 * limit, Math.max(1, Math.floor((STEP_BYTES * rows.length) / bytes)));
    }
  }

  async #prepareAppend(rows: number): Promise<Statement> {
    const places = Array.from({ length: rows }, () => '(?, ?)');
    const statement = await this.#database.prepare(`INSERT INTO journal (id, block) VALUES ${places.join(', ')}`);
    this.#appends.set(rows, statement);
    return statement;
  }

  #missing(commit: number): StoreCorruptError {
    return new StoreCorruptError(
      `Commit ${commit} is missing in ${this.#file}, or the one before it is not the one that was there. The member does not start on it; the registers are safe with a majority of the others. Check the disk. Do not put an older copy of the store in its place, nor a new one under the same id.`,
    );
  }
}

/** How far the journal goes. @throws StoreCorruptError where its beginning is gone, or more of its end than can be. */
export async function readJournalEnd(database: Database, file: string, commitsMin: number): Promise<number> {
  const [row] = await database.all('SELECT min(id) AS first, max(id) AS last FROM journal');
  const first = row?.first ?? null;
  const last = row?.last ?? 0;
  if (typeof last === 'number' && last >= commitsMin && (first === 1 || last === 0)) return last;
  throw new StoreCorruptError(
    `${file} is damaged: its journal goes from commit ${String(first)} to ${String(last)}, and there were ${commitsMin} commits or more. The member does not start on it; the registers are safe with a majority of the others. Check the disk. Do not put an older copy of the store in its place, nor a new one under the same id.`,
  );
}
