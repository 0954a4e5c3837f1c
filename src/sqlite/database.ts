import sqlite3 from 'sqlite3';

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
    const flags = sqlite3.OPEN_READWRITE | (mode === 'new' ? sqlite3.OPEN_CREATE : 0);
    return new Promise((resolve, reject) => {
      const handle = new sqlite3.Database(file, flags, (error) =>
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

/** SQLite's primary result code (the lowest byte, https://sqlite.org/rescode.html); undefined for other errors. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errno' in error) || typeof error.errno !== 'number') return undefined;
  return 'code' in error && String(error.code).startsWith('SQLITE_') ? error.errno & 0xff : undefined;
}
