import { randomInt } from 'node:crypto';
import { endianness } from 'node:os';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { StoreFailedError } from '../../contract/errors.ts';
import { Queue } from '../queue.ts';
import { checksumOf } from '../sqlite/checksum.ts';
import { Database, type Parameter, type Row, type Statement } from '../sqlite/database.ts';
import { INDEX_PRAGMAS, prepare } from '../sqlite/pragmas.ts';
import { SEGMENTS } from './keydir.ts';
import type { HashSeed } from './name-hash.ts';
import { Segment } from './segment.ts';

/** Raised with every change of what is in the file: an index of another version is rebuilt. */
const INDEX_VERSION = 2;
/** Segments that are read or written with one statement. */
export const GROUP_SEGMENTS = 4;

const TABLES = `
CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL, checksum INTEGER NOT NULL) STRICT;
CREATE TABLE segments (
  number INTEGER PRIMARY KEY, last INTEGER NOT NULL, block INTEGER NOT NULL, entries BLOB NOT NULL, checksum INTEGER NOT NULL
) STRICT;
PRAGMA user_version = ${INDEX_VERSION}`;

const PLACES = Array.from({ length: GROUP_SEGMENTS }, () => '(?, ?, ?, ?, ?)').join(', ');
const WRITE = `INSERT OR REPLACE INTO segments (number, last, block, entries, checksum) VALUES ${PLACES}`;
const READ = 'SELECT * FROM segments WHERE number >= ? AND number < ?';

const WHOLE = z.int().nonnegative();
const STATE = z.object({
  /** Whose journal it is the index of. */
  storeId: z.string(),
  seed: z.tuple([WHOLE, WHOLE]),
  /** The order of the bytes of a word. */
  byteOrder: z.literal(endianness()),
});

/** What an index file says of itself. */
export type IndexState = z.infer<typeof STATE>;

/** A commit, and the checksum of its block. */
export interface Watermark {
  readonly commit: number;
  readonly checksum: number;
}

/** A segment as it was saved, complete up to a commit. */
export interface SavedSegment {
  readonly number: number;
  readonly last: Watermark;
  readonly segment: Segment;
}

/** The index file: the segments of a keydir, over a connection of its own, so that commits do not wait for it. */
export class IndexFile {
  readonly state: IndexState;
  readonly #database: Database;
  readonly #write: Statement;
  readonly #queue = new Queue();

  private constructor(state: IndexState, database: Database, write: Statement) {
    this.state = state;
    this.#database = database;
    this.#write = write;
  }

  /** Makes an empty index for a store, in an empty file. */
  static async create(path: string, storeId: string): Promise<IndexFile> {
    const seed: HashSeed = [randomInt(2 ** 32), randomInt(2 ** 32)];
    const state: IndexState = { storeId, seed: [...seed], byteOrder: endianness() };
    return await IndexFile.#open(path, 'new', state, async (database) => {
      await database.exec(TABLES);
      const text = JSON.stringify(state);
      const insert = await database.prepare('INSERT INTO state (id, state, checksum) VALUES (1, ?, ?)');
      await insert.run(text, checksumOf(['index', text]));
    });
  }

  /** @param state what `readIndex` found in the file. */
  static async openExisting(path: string, state: IndexState): Promise<IndexFile> {
    return await IndexFile.#open(path, 'existing', state, async () => undefined);
  }

  static async #open(
    path: string,
    mode: 'new' | 'existing',
    state: IndexState,
    make: (database: Database) => Promise<void>,
  ): Promise<IndexFile> {
    const database = await Database.open(path, mode);
    try {
      await prepare(database, INDEX_PRAGMAS);
      await make(database);
      return new IndexFile(state, database, await database.prepare(WRITE));
    } catch (error) {
      await database.close().catch(() => undefined);
      throw error;
    }
  }

  /** Saves the copies of a group of segments, from one number on: all of them or none. */
  async write(from: number, last: Watermark, copies: readonly Uint32Array[]): Promise<void> {
    const rows = copies.flatMap((words, at): Parameter[] => {
      const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
      const checksum = checksumOfSegment(this.state, from + at, last, bytes);
      return [from + at, last.commit, last.checksum, bytes, checksum];
    });
    const written = await this.#queue.run(() => this.#write.run(...rows));
    if (written !== copies.length) {
      throw new StoreFailedError(`SQLite wrote ${written} segments of the index in place of ${copies.length}`);
    }
  }

  /** Closes the file once what is under way has ended. */
  async close(): Promise<void> {
    await this.#queue.run(() => this.#database.close());
  }
}

/** Reads what an index file says of itself; undefined where it is damaged, or of another version. */
export async function readState(database: Database): Promise<IndexState | undefined> {
  const [version] = await database.all('PRAGMA user_version');
  if (version?.user_version !== INDEX_VERSION) return undefined;
  const rows = await database.all('SELECT state, checksum FROM state');
  const [row] = rows;
  if (rows.length !== 1 || typeof row?.state !== 'string') return undefined;
  if (checksumOf(['index', row.state]) !== row.checksum) return undefined;
  return STATE.safeParse(JSON.parse(row.state)).data;
}

/** Reads the segments that are, to the bit, as they were written. */
export async function readSegments(database: Database, state: IndexState): Promise<Map<number, SavedSegment>> {
  const segments = new Map<number, SavedSegment>();
  const read = await database.prepare(READ);
  for (let from = 0; from < SEGMENTS; from += GROUP_SEGMENTS) {
    for (const row of await read.all(from, from + GROUP_SEGMENTS)) {
      const saved = parse(row, state);
      if (saved !== undefined) segments.set(saved.number, saved);
    }
  }
  return segments;
}

function parse({ number, last, block, entries, checksum }: Row, state: IndexState): SavedSegment | undefined {
  if (typeof number !== 'number' || typeof last !== 'number' || typeof block !== 'number') return undefined;
  if (!Buffer.isBuffer(entries)) return undefined;
  const watermark = { commit: last, checksum: block };
  if (checksum !== checksumOfSegment(state, number, watermark, entries)) return undefined;
  const words = new Uint32Array(entries.length / Uint32Array.BYTES_PER_ELEMENT);
  new Uint8Array(words.buffer).set(entries);
  return { number, last: watermark, segment: new Segment(words) };
}

function checksumOfSegment({ storeId, seed }: IndexState, number: number, last: Watermark, bytes: Uint8Array): number {
  return crc32(bytes, checksumOf(['segment', storeId, ...seed, number, last.commit, last.checksum]));
}
