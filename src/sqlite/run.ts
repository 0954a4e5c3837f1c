import { StoreCorruptError } from '../contract/errors.ts';
import { ENTRY_WORDS, HASH_HIGH, HASH_LOW, isAfter, PLACE_HIGH, PLACE_LOW, type Place, placeOf } from './entries.ts';
import { Fingerprints } from './fingerprints.ts';
import type { IndexFile } from './index-file.ts';
import { entriesOfPage, isInOrder, PAGE_ENTRIES, pagesFor } from './pages.ts';

/** Entries in order of their hashes: in pages of the index file, with their fingerprints in memory. It never changes. */
export interface Run {
  readonly id: number;
  readonly entries: number;
  readonly fingerprints: Fingerprints;
}

/** Pages read with one statement while a run is gone through. */
const STEP_PAGES = 64;

/** How many entries a page of a run has: all are full, but for the last. */
export function entriesOn(run: Pick<Run, 'entries'>, page: number): number {
  return Math.min(PAGE_ENTRIES, run.entries - page * PAGE_ENTRIES);
}

/**
 * Reads so many pages of a run, each of which is checked.
 * @returns undefined where one is missing or not as it was written.
 */
export async function readPages(
  file: IndexFile,
  run: Pick<Run, 'id' | 'entries'>,
  from: number,
  pages: number,
): Promise<Uint32Array[] | undefined> {
  const rows = await file.readRange({ run: run.id, page: from }, pages);
  if (rows.length !== pages) return undefined;
  const all: Uint32Array[] = [];
  for (const [at, row] of rows.entries()) {
    const entries = entriesOfPage(row, run.id, from + at, entriesOn(run, from + at));
    if (entries === undefined) return undefined;
    all.push(entries);
  }
  return all;
}

/**
 * Goes through a run once, before any register is looked up in it, and takes its fingerprints along.
 * @returns undefined unless all of its entries are there, in order, as they were written.
 */
export async function readRun(file: IndexFile, id: number, entries: number): Promise<Run | undefined> {
  const run = { id, entries, fingerprints: new Fingerprints(entries) };
  const pages = pagesFor(entries);
  let last: Uint32Array | undefined;
  for (let from = 0; from < pages; from += STEP_PAGES) {
    const step = await readPages(file, run, from, Math.min(STEP_PAGES, pages - from));
    if (step === undefined) return undefined;
    for (const page of step) {
      if (last !== undefined && isAfter(last, last.length - ENTRY_WORDS, page, 0)) return undefined;
      if (!isInOrder(page)) return undefined;
      addFingerprints(run.fingerprints, page);
      last = page;
    }
  }
  return run;
}

function addFingerprints(fingerprints: Fingerprints, page: Uint32Array): void {
  for (let at = 0; at < page.length; at += ENTRY_WORDS) {
    fingerprints.add(page[at + HASH_HIGH] as number, page[at + HASH_LOW] as number);
  }
}

/** The place in an entry of a page, if that entry has this very hash. */
export function placeIn(page: Uint32Array, entry: number, high: number, low: number): Place | undefined {
  const at = entry * ENTRY_WORDS;
  if (page[at + HASH_HIGH] !== high || page[at + HASH_LOW] !== low) return undefined;
  return placeOf(page[at + PLACE_LOW] as number, page[at + PLACE_HIGH] as number);
}

export function damagedRun({ id }: Pick<Run, 'id'>): StoreCorruptError {
  return new StoreCorruptError(
    `A page of run ${id} of the store's index is damaged: it was whole when the member started. The member stops rather than answer on it; no register is lost, for the index can be made anew from the journal, which the next start does. Check the disk.`,
  );
}
