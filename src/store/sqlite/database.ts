import { pathToFileURL } from 'node:url';
import type sqlite3 from 'sqlite3';
import { logOf } from '../files.ts';
import { holdsCommit } from '../log/log-commit.ts';
import { sqliteDriver } from './driver.ts';

/** What may be bound to a `?`. Whole numbers only: the tables are STRICT and have no column for any other. */
export type Parameter = string | number | Uint8Array | null;
/** One row as SQLite returns it: to be parsed before it is believed. */
export type Row = Readonly<Record<string, unknown>>;

/** The package's callbacks as promises, and no more. Calls are not put in order here: that is the caller's part. */
export class Database {
  readonly #handle: sqlite3.Database;
  readonly #statements: Statement[] = [];

  private constructor(handle: sqlite3.Database) {
    this.#handle = handle;
  }

  /** @param mode `'existing'` never makes a file: a lost one must not come back as an empty one. */
  static open(file: string, mode: 'new' | 'existing'): Promise<Database> {
    const { OPEN_READWRITE, OPEN_CREATE } = sqliteDriver();
    return Database.#open(file, OPEN_READWRITE | (mode === 'new' ? OPEN_CREATE : 0));
  }

  /**
   * Opens a file so that nothing in its directory changes, not even when it is closed: SQLite otherwise folds the log into
   * the file then, and removes it. To be called by who holds the lock of the store: SQLite itself takes none here.
   */
  static async openToRead(file: string): Promise<Database> {
    const { OPEN_READONLY, OPEN_URI } = sqliteDriver();
    // Without a commit in the log, the file alone is what there is; `immutable` leaves the log out and alone. With one, it
    // has to be read; what SQLite would fold on closing, a descriptor opened for reading does not let it write.
    const how = (await holdsCommit(logOf(file))) ? `vfs=${unlockedSystem()}` : 'immutable=1';
    const database = await Database.#open(`${pathToFileURL(file).href}?mode=ro&${how}`, OPEN_READONLY | OPEN_URI);
    try {
      // The index of the log is then kept in memory, rather than in a file beside it.
      await database.exec('PRAGMA locking_mode = EXCLUSIVE');
      return database;
    } catch (error) {
      await database.close().catch(() => undefined);
      throw error;
    }
  }

  static #open(name: string, flags: number): Promise<Database> {
    const driver = sqliteDriver();
    return new Promise((resolve, reject) => {
      const handle = new driver.Database(name, flags, (error) =>
        error === null ? resolve(new Database(handle)) : reject(error),
      );
    });
  }

  /** Runs statements that return nothing. */
  exec(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#handle.exec(sql, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  all(sql: string): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      this.#handle.all<Row>(sql, (error, rows) => (error === null ? resolve(rows) : reject(error)));
    });
  }

  prepare(sql: string): Promise<Statement> {
    return new Promise((resolve, reject) => {
      const handle = this.#handle.prepare(sql, (error) => {
        if (error !== null) return reject(error);
        const statement = new Statement(handle);
        this.#statements.push(statement);
        resolve(statement);
      });
    });
  }

  /** Also finalizes what was prepared: SQLite does not close while a statement is left. */
  async close(): Promise<void> {
    await Promise.all(this.#statements.splice(0).map((statement) => statement.finalize()));
    await new Promise<void>((resolve, reject) => {
      this.#handle.close((error) => (error === null ? resolve() : reject(error)));
    });
  }
}

export class Statement {
  readonly #handle: sqlite3.Statement;

  constructor(handle: sqlite3.Statement) {
    this.#handle = handle;
  }

  /** @returns how many rows it changed. */
  run(...parameters: Parameter[]): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#handle.run(parameters, function (error) {
        if (error === null) resolve(this.changes);
        else reject(error);
      });
    });
  }

  // There is no `get` on purpose: the package leaves such a statement open, and an open one holds up checkpoints.
  all(...parameters: Parameter[]): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      this.#handle.all<Row>(parameters, (error, rows) => (error === null ? resolve(rows) : reject(error)));
    });
  }

  finalize(): Promise<void> {
    return new Promise((resolve) => {
      this.#handle.finalize(() => resolve());
    });
  }
}

/** SQLite's file system that takes no locks (https://sqlite.org/vfs.html#standard_unix_vfses). */
function unlockedSystem(): string {
  return process.platform === 'win32' ? 'win32-none' : 'unix-none';
}
