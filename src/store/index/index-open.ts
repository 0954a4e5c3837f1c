import { rm } from 'node:fs/promises';
import { createPrivate, exists, readAhead, sideFilesOf } from '../files.ts';
import { RESULT, resultCode } from '../sqlite/codes.ts';
import { Database } from '../sqlite/database.ts';
import {
  IndexFile,
  type IndexState,
  readSegments,
  readState,
  type SavedSegment,
  type Watermark,
} from './index-file.ts';
import { SEGMENTS } from './keydir.ts';

/** What an index holds that is as it was written. */
export interface SavedIndex {
  readonly state: IndexState;
  readonly segments: ReadonlyMap<number, SavedSegment>;
}

/** SQLite says so of a file that is no database, is damaged, lacks a table, or was cut short as it was made. */
const DAMAGE: readonly (number | undefined)[] = [RESULT.CORRUPT, RESULT.NOTADB, RESULT.ERROR, RESULT.READONLY];

/**
 * Reads all of a store's index, and writes nothing. A segment that is damaged is left out, and so is an index of another
 * store: the journal has all that they said. To be called by who has the lock of the store.
 */
export async function readIndex(path: string, storeId: string): Promise<SavedIndex | undefined> {
  try {
    if (!(await exists(path))) return undefined;
    await readAhead(path);
    const database = await Database.openToRead(path);
    try {
      const state = await readState(database);
      if (state?.storeId !== storeId) return undefined;
      return { state, segments: await readSegments(database, state) };
    } finally {
      await database.close().catch(() => undefined);
    }
  } catch (error) {
    if (!DAMAGE.includes(resultCode(error))) throw error;
    return undefined;
  }
}

/** The commit up to which every register that was saved has its entry: what came later is replayed. */
export function completeUpTo(index: SavedIndex | undefined): number {
  if (index === undefined || index.segments.size < SEGMENTS) return 0;
  return Math.min(...[...index.segments.values()].map(({ last }) => last.commit));
}

/** The last commit that the index knows of. */
export function lastKnownTo(index: SavedIndex | undefined): Watermark {
  const marks = [...(index?.segments.values() ?? [])].map(({ last }) => last);
  return marks.reduce((a, b) => (b.commit > a.commit ? b : a), { commit: 0, checksum: 0 });
}

/** Opens the index of a store to write to it. One that could not be read is replaced by an empty one. */
export async function openIndex(path: string, storeId: string, found: SavedIndex | undefined): Promise<IndexFile> {
  if (found !== undefined) return await IndexFile.openExisting(path, found.state);
  for (const one of [path, ...sideFilesOf(path)]) await rm(one, { force: true });
  await createPrivate(path);
  return await IndexFile.create(path, storeId);
}
