import { rm } from 'node:fs/promises';
import sqlite3 from 'sqlite3';
import { resultCode } from './database.ts';
import { exists, readAhead, sideFilesOf } from './files.ts';
import { IndexFile } from './index-file.ts';
import { type IndexState, newIndexState } from './index-state.ts';
import { NameHash } from './name-hash.ts';
import { type Run, readRun } from './run.ts';
import { Runs } from './runs.ts';

/** An index that is open, and the hash that its entries are of. */
export interface OpenedIndex {
  readonly runs: Runs;
  readonly hash: NameHash;
}

/** SQLite says so of a file that is none, is damaged, or lacks a table. */
const DAMAGE: readonly (number | undefined)[] = [sqlite3.CORRUPT, sqlite3.NOTADB, sqlite3.ERROR];

/**
 * Opens the index of a store, and goes through all of it: what it then does not have is not in the journal either, up to the
 * commit that it names. One that is missing, damaged or another store's is put away, and an empty one made: it is complete
 * up to commit 0. To be called by who has the lock of the journal.
 */
export async function openIndex(path: string, storeId: string): Promise<OpenedIndex> {
  const opened = (await exists(path)) ? await openWhole(path, storeId) : undefined;
  return opened ?? (await createIndex(path, storeId));
}

/** Puts the index away and makes an empty one. */
export async function createIndex(path: string, storeId: string): Promise<OpenedIndex> {
  for (const one of [path, ...sideFilesOf(path)]) await rm(one, { force: true });
  const state = newIndexState(storeId);
  const file = await IndexFile.create(path);
  await file.writeState(state);
  return openedWith(file, state, []);
}

async function openWhole(path: string, storeId: string): Promise<OpenedIndex | undefined> {
  try {
    // Runs lie scattered in the file, where others were before them.
    await readAhead(path);
    const file = await IndexFile.openExisting(path);
    try {
      const state = await file.readState();
      const runs = state?.storeId === storeId ? await readRuns(file, state) : undefined;
      if (state !== undefined && runs !== undefined) {
        // What a merge had begun, or had no more need of, when the process ended.
        await file.removeAllBut(runs.map(({ id }) => id));
        return openedWith(file, state, runs);
      }
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
    await file.close().catch(() => undefined);
  } catch (error) {
    if (!DAMAGE.includes(resultCode(error))) throw error;
  }
  return undefined;
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
