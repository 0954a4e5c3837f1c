import { rm } from 'node:fs/promises';
import { RESULT, resultCode } from './codes.ts';
import { createPrivate, exists, readAhead, sideFilesOf } from './files.ts';
import { IndexFile } from './index-file.ts';
import { type Folded, type IndexState, newIndexState } from './index-state.ts';
import { NameHash } from './name-hash.ts';
import { type Run, readRun } from './run.ts';
import { Runs } from './runs.ts';

/** An index that is open, and the hash that its entries are of. */
export interface OpenedIndex {
  readonly runs: Runs;
  readonly hash: NameHash;
}

/** An index that was gone through, page by page, and is as it was written. */
export interface WholeIndex {
  readonly state: IndexState;
  readonly runs: readonly Run[];
}

/** What the index of a store tells before anything is written to it. */
export interface ReadIndex {
  /** Up to which commit it was complete; undefined where it does not tell. */
  readonly folded: Folded | undefined;
  readonly index: WholeIndex | undefined;
}

/** SQLite says so of a file that is none, is damaged, lacks a table, or was cut short as it was made. */
const DAMAGE: readonly (number | undefined)[] = [RESULT.CORRUPT, RESULT.NOTADB, RESULT.ERROR, RESULT.READONLY];

/**
 * Goes through all of an index: what it then does not have is not in the journal either, up to the commit that it names.
 * Writes nothing. To be called by who has the lock of the store.
 */
export async function readIndex(path: string, storeId: string): Promise<ReadIndex> {
  let state: IndexState | undefined;
  let runs: readonly Run[] | undefined;
  try {
    if (!(await exists(path))) return { folded: undefined, index: undefined };
    // Runs lie scattered in the file, where others were before them.
    await readAhead(path);
    const file = await IndexFile.openToRead(path);
    try {
      const found = await file.readState();
      state = found?.storeId === storeId ? found : undefined;
      runs = state === undefined ? undefined : await readRuns(file, state);
    } finally {
      await file.close().catch(() => undefined);
    }
  } catch (error) {
    if (!DAMAGE.includes(resultCode(error))) throw error;
  }
  const index = state === undefined || runs === undefined ? undefined : { state, runs };
  return { folded: state?.folded, index };
}

/**
 * Opens the index of a store to write to it. One that is missing, damaged or another store's is put away, and an empty one
 * made: it is complete up to commit 0.
 */
export async function openIndex(path: string, storeId: string, found: WholeIndex | undefined): Promise<OpenedIndex> {
  if (found === undefined) return await createIndex(path, storeId);
  const file = await IndexFile.openExisting(path);
  try {
    // What a merge had begun, or had no more need of, when the process ended.
    await file.removeAllBut(found.runs.map(({ id }) => id));
    return openedWith(file, found.state, found.runs);
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}

/** Puts the index away and makes an empty one. */
export async function createIndex(path: string, storeId: string): Promise<OpenedIndex> {
  for (const one of [path, ...sideFilesOf(path)]) await rm(one, { force: true });
  await createPrivate(path);
  const state = newIndexState(storeId);
  const file = await IndexFile.create(path);
  try {
    await file.writeState(state);
    return openedWith(file, state, []);
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}

async function readRuns(file: IndexFile, state: IndexState): Promise<Run[] | undefined> {
  const runs: Run[] = [];
  for (const { id, entries } of state.runs) {
    const run = await readRun(file, id, entries);
    if (run === undefined) return undefined;
    runs.push(run);
  }
  return runs;
}

function openedWith(file: IndexFile, state: IndexState, runs: readonly Run[]): OpenedIndex {
  return { runs: new Runs(file, state, runs), hash: new NameHash(state.seed) };
}
