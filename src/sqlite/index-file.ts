import { StoreFailedError } from '../contract/errors.ts';
import { Database, type Row, type Statement } from './database.ts';
import { type IndexState, parseState, stateColumns } from './index-state.ts';
import { PAGE_BYTES } from './pages.ts';
import { INDEX_PRAGMAS, prepare } from './pragmas.ts';
import { Queue } from './queue.ts';

/** Raised with every change of what is in the file: an index of another version is made anew. */
const INDEX_VERSION = 1;
/** Pages of one run at most: a page's id is its run and its number in the run. */
const RUN_PAGES = 2 ** 20;

const TABLES = `
CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL, checksum INTEGER NOT NULL) STRICT;
CREATE TABLE pages (id INTEGER PRIMARY KEY, page BLOB NOT NULL) STRICT;
PRAGMA user_version = ${INDEX_VERSION}`;

/** All pages come in one blob, of which each takes its part: a statement a page would take far longer. */
const INSERT = `
INSERT INTO pages (id, page) SELECT ?1 + value, substr(?2, 1 + value * ${PAGE_BYTES}, ${PAGE_BYTES}) FROM json_each(?3)`;
const WRITE = `
INSERT INTO state (id, state, checksum) VALUES (1, ?, ?)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, checksum = excluded.checksum`;

interface Statements {
  readonly insert: Statement;
  readonly write: Statement;
  readonly range: Statement;
  readonly some: Statement;
  readonly remove: Statement;
}

/** A page of a run. */
export interface PageId {
  readonly run: number;
  readonly page: number;
}

/** The index file: pages and a state, over a connection of its own, so that commits do not wait for what is done here. */
export class IndexFile {
  readonly #database: Database;
  readonly #statements: Statements;
  // A page is not removed before those have read it who asked for it.
  readonly #queue = new Queue();

  private constructor(database: Database, statements: Statements) {
    this.#database = database;
    this.#statements = statements;
  }

  static async create(file: string): Promise<IndexFile> {
    return await IndexFile.#open(file, 'new', (database) => database.exec(TABLES));
  }

  static async openExisting(file: string): Promise<IndexFile> {
    return await IndexFile.#open(file, 'existing', async () => undefined);
  }

  /** Opens it so that nothing changes, see `Database.openToRead`. */
  static async openToRead(file: string): Promise<IndexFile> {
    return await IndexFile.#prepare(await Database.openToRead(file), async () => undefined);
  }

  static async #open(file: string, mode: 'new' | 'existing', make: (database: Database) => Promise<void>) {
    return await IndexFile.#prepare(await Database.open(file, mode), async (database) => {
      // It takes effect in a new file only: one page of a run to one of SQLite's.
      await database.exec('PRAGMA page_size = 8192');
      await prepare(database, INDEX_PRAGMAS);
      await make(database);
    });
  }

  static async #prepare(database: Database, make: (database: Database) => Promise<void>): Promise<IndexFile> {
    try {
      await make(database);
      // One after the other: where one fails, none may be left behind that keeps SQLite from closing the file.
      const insert = await database.prepare(INSERT);
      const write = await database.prepare(WRITE);
      const range = await database.prepare('SELECT id, page FROM pages WHERE id >= ? AND id < ? ORDER BY id');
      const some = await database.prepare('SELECT id, page FROM pages WHERE id IN (SELECT value FROM json_each(?))');
      const remove = await database.prepare('DELETE FROM pages WHERE id >= ? AND id < ?');
      return new IndexFile(database, { insert, write, range, some, remove });
    } catch (error) {
      await database.close().catch(() => undefined);
      throw error;
    }
  }

  /** @returns undefined where it is damaged, or of another version. */
  async readState(): Promise<IndexState | undefined> {
    const [row] = await this.#database.all('PRAGMA user_version');
    if (row?.user_version !== INDEX_VERSION) return undefined;
    return parseState(await this.#database.all('SELECT state, checksum FROM state'));
  }

  /** All at once: from now on the file has these runs, and is complete up to that commit. */
  async writeState(state: IndexState): Promise<void> {
    const written = await this.#queue.run(() => this.#statements.write.run(...stateColumns(state)));
    if (written !== 1) throw new StoreFailedError(`SQLite wrote ${written} states of the index in place of 1`);
  }

  async insertPages({ run, page }: PageId, pages: number, bytes: Uint8Array): Promise<void> {
    if (pages === 0) return;
    const places = JSON.stringify(Array.from({ length: pages }, (_, at) => at));
    const written = await this.#queue.run(() => this.#statements.insert.run(idOf({ run, page }), bytes, places));
    if (written !== pages) throw new StoreFailedError(`SQLite wrote ${written} pages of the index of ${pages}`);
  }

  /** So many pages of a run, in order; fewer where some are missing. */
  async readRange({ run, page }: PageId, pages: number): Promise<unknown[]> {
    const id = idOf({ run, page });
    const rows = await this.#queue.run(() => this.#statements.range.all(id, id + pages));
    return rows.map((row) => row.page);
  }

  /** These pages, as far as they are there. */
  async readSome(pages: readonly PageId[]): Promise<{ readonly id: PageId; readonly page: unknown }[]> {
    const ids = JSON.stringify(pages.map(idOf));
    const rows = await this.#queue.run(() => this.#statements.some.all(ids));
    return rows.map((row: Row) => ({ id: pageIdOf(Number(row.id)), page: row.page }));
  }

  /** Removes so many pages of a run, from its first on. */
  async removePages({ run, page }: PageId, pages: number): Promise<void> {
    const id = idOf({ run, page });
    await this.#queue.run(() => this.#statements.remove.run(id, id + pages));
  }

  /** Removes all runs but these: what was begun, or no longer needed, when the process ended. */
  async removeAllBut(runs: readonly number[]): Promise<void> {
    let from = 0;
    for (const run of [...runs].sort((a, b) => a - b)) {
      await this.#statements.remove.run(from * RUN_PAGES, run * RUN_PAGES);
      from = run + 1;
    }
    await this.#statements.remove.run(from * RUN_PAGES, Number.MAX_SAFE_INTEGER);
  }

  /** Whatever is under way ends before. */
  async close(): Promise<void> {
    await this.#queue.run(() => this.#database.close());
  }
}

function idOf({ run, page }: PageId): number {
  return run * RUN_PAGES + page;
}

function pageIdOf(id: number): PageId {
  return { run: Math.floor(id / RUN_PAGES), page: id % RUN_PAGES };
}
