import type { RegisterState } from '../protocol/register.ts';
import type { Database, Statement } from './database.ts';
import { decodeRow, type EncodedRow } from './rows.ts';

/** How many bytes of values one statement is given: far below SQLite's limit of 10^9 for a blob. */
const STATEMENT_BYTES_MAX = 33_554_432;

// CROSS JOIN keeps the order: look each wanted name up, rather than walk the table.
const LOAD = `SELECT registers.* FROM json_each(?) AS wanted CROSS JOIN registers ON registers.name = wanted.value`;

/**
 * Saves a whole batch. A list cannot be bound: the rows come as JSON, and their values, which JSON would double and SQLite
 * would copy for every column, in one blob of which each row names its length and place, from 1. Of an empty blob `substr`
 * makes NULL. `WHERE true` tells the parser that ON begins the conflict clause, not a join.
 */
export function saveRegistersFrom(rows: string, values: string): string {
  return `
INSERT INTO registers (name, promised, accepted, op_id, decided, checksum, value)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
  CASE WHEN value ->> 6 = 0 THEN x'' ELSE substr(${values}, value ->> 7, value ->> 6) END
FROM json_each(${rows}) WHERE true
ON CONFLICT (name) DO UPDATE SET
  promised = excluded.promised, accepted = excluded.accepted, op_id = excluded.op_id, value = excluded.value,
  decided = excluded.decided, checksum = excluded.checksum`;
}

/** The registers on the disk. */
export class RegisterTable {
  readonly #load: Statement;

  private constructor(load: Statement) {
    this.#load = load;
  }

  static async prepare(database: Database): Promise<RegisterTable> {
    return new RegisterTable(await database.prepare(LOAD));
  }

  /** @throws StoreCorruptError when any of the rows fails its checksum. */
  async load(names: readonly string[]): Promise<Map<string, RegisterState>> {
    const states = new Map<string, RegisterState>();
    for (const row of await this.#load.all(JSON.stringify(names))) {
      const { name, state } = decodeRow(row);
      states.set(name, state);
    }
    return states;
  }
}

/** What the two sources of `saveRegistersFrom` hold for these rows. Where a name comes twice, the later row stands. */
export function parametersOf(rows: readonly EncodedRow[]): [rows: string, values: Uint8Array] {
  const values: Uint8Array[] = [];
  let place = 1;
  const listed = rows.map(({ columns, value }) => {
    if (value === null) return [...columns, null, null];
    const row = [...columns, value.length, place];
    values.push(value);
    place += value.length;
    return row;
  });
  return [JSON.stringify(listed), Buffer.concat(values)];
}

/** One part, unless the values are so large that one statement should not take them all. */
export function partsOf(rows: readonly EncodedRow[]): (readonly EncodedRow[])[] {
  const parts: EncodedRow[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    const size = row.value?.length ?? 0;
    bytes += size;
    if (bytes > STATEMENT_BYTES_MAX) {
      parts.push([]);
      bytes = size;
    }
    parts.at(-1)?.push(row);
  }
  return parts;
}
