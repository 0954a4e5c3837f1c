import { LRUCache } from 'lru-cache';
import type { Place } from './entries.ts';
import type { IndexFile, PageId } from './index-file.ts';
import type { Folded, IndexState } from './index-state.ts';
import type { Hashes } from './name-hash.ts';
import { entriesOfPage, PAGE_ENTRIES } from './pages.ts';
import { damagedRun, entriesOn, placeIn, type Run } from './run.ts';

/** Pages of some 8 KiB each that are kept in memory. */
const CACHED_PAGES_MAX = 1_024;

/** An entry in the file that may be of a register: its fingerprint fits. */
export interface Likely {
  readonly run: Run;
  readonly entry: number;
  readonly high: number;
  readonly low: number;
  /** Where its place goes, if it has that hash. */
  readonly places: Place[];
}

/** The runs of the index file, and up to which commit they are complete. */
export class Runs {
  readonly file: IndexFile;
  #state: IndexState;
  #runs: readonly Run[];
  #lastId: number;
  /** Pages that were read last, each checked when it was. */
  readonly #cache = new LRUCache<string, Uint32Array>({ max: CACHED_PAGES_MAX });

  constructor(file: IndexFile, state: IndexState, runs: readonly Run[]) {
    this.file = file;
    this.#state = state;
    this.#runs = runs;
    this.#lastId = Math.max(0, ...runs.map(({ id }) => id));
  }

  /** From the oldest to the newest. */
  get all(): readonly Run[] {
    return this.#runs;
  }

  /** The last commit whose registers are all in them. */
  get folded(): Folded {
    return this.#state.folded;
  }

  /** An id that no run ever had since the store was opened. */
  newId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** Makes it so, first in the file. Pages of runs that are left out are no longer asked for once this resolves. */
  async replace(runs: readonly Run[], folded = this.folded): Promise<void> {
    const state = { ...this.#state, folded, runs: runs.map(({ id, entries }) => ({ id, entries })) };
    await this.file.writeState(state);
    this.#state = state;
    this.#runs = runs;
  }

  /** Tells of each hash, by its place in the list, which entries may have it. */
  find(hashes: Hashes, onLikely: (at: number, run: Run, entry: number) => void): void {
    for (const run of this.#runs) run.fingerprints.find(hashes, (at, entry) => onLikely(at, run, entry));
  }

  /** Reads these entries, and adds their places. @throws StoreCorruptError for a damaged page. */
  async readPlaces(likely: readonly Likely[]): Promise<void> {
    const missing = new Map<string, PageId>();
    const pages = new Map<string, Uint32Array>();
    for (const { run, entry } of likely) {
      const id = pageOf(run, entry);
      const key = keyOf(id);
      const cached = this.#cache.get(key);
      if (cached === undefined) missing.set(key, id);
      else pages.set(key, cached);
    }
    const found = missing.size === 0 ? [] : await this.file.readSome([...missing.values()]);
    const read = new Map(found.map(({ id, page }) => [keyOf(id), page]));
    for (const { run, entry, high, low, places } of likely) {
      const id = pageOf(run, entry);
      const key = keyOf(id);
      const entries = pages.get(key) ?? entriesOfPage(read.get(key), id.run, id.page, entriesOn(run, id.page));
      if (entries === undefined) throw damagedRun(run);
      pages.set(key, entries);
      this.#cache.set(key, entries);
      const place = placeIn(entries, entry % PAGE_ENTRIES, high, low);
      if (place !== undefined) places.push(place);
    }
  }
}

function pageOf(run: Run, entry: number): PageId {
  return { run: run.id, page: Math.floor(entry / PAGE_ENTRIES) };
}

function keyOf({ run, page }: PageId): string {
  return `${run}/${page}`;
}
