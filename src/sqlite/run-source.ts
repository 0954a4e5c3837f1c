import { ENTRY_WORDS } from './entries.ts';
import type { IndexFile } from './index-file.ts';
import { pagesFor } from './pages.ts';
import { damagedRun, type Run, readPages } from './run.ts';

/** Pages read ahead of a merge. */
const READ_PAGES = 16;

/** A run that is read from its first entry to its last. */
export class RunSource {
  /** The page with the next entry, and where in it that is. */
  page: Uint32Array = new Uint32Array();
  at = 0;
  readonly #file: IndexFile;
  readonly #run: Run;
  readonly #ahead: Uint32Array[] = [];
  #nextPage = 0;

  constructor(file: IndexFile, run: Run) {
    this.#file = file;
    this.#run = run;
  }

  /** Whether there is a next entry in memory. */
  get hasNext(): boolean {
    return this.at < this.page.length;
  }

  get isAtEnd(): boolean {
    return !this.hasNext && this.#nextPage === pagesFor(this.#run.entries);
  }

  /** @returns false when there is no next entry in memory: it is to be read, or there is none. */
  advance(): boolean {
    this.at += ENTRY_WORDS;
    return this.hasNext || this.#turn();
  }

  /** Reads on, unless there is a next entry in memory, or none at all. */
  async fill(): Promise<void> {
    if (this.hasNext || this.isAtEnd) return;
    const pages = Math.min(READ_PAGES, pagesFor(this.#run.entries) - this.#nextPage);
    const read = await readPages(this.#file, this.#run, this.#nextPage, pages);
    if (read === undefined) throw damagedRun(this.#run);
    this.#nextPage += pages;
    this.#ahead.push(...read);
    this.#turn();
  }

  #turn(): boolean {
    const next = this.#ahead.shift();
    this.page = next ?? new Uint32Array();
    this.at = 0;
    return next !== undefined;
  }
}
