import { HASH_HIGH, HASH_LOW, isAfter } from './entries.ts';
import { Fingerprints } from './fingerprints.ts';
import type { IndexFile } from './index-file.ts';
import { PageWriter } from './pages.ts';
import type { Run } from './run.ts';
import { RunSource } from './run-source.ts';

/** Pages written with one statement: some 16,000 entries, which takes about a millisecond of the main thread. */
const STEP_PAGES = 32;

/** Makes one run of several, step by step. The runs themselves stay as they are: until it is done, nothing has changed. */
export class Merge {
  readonly inputs: readonly Run[];
  readonly #file: IndexFile;
  readonly #output: Run;
  readonly #sources: RunSource[];
  #nextPage = 0;

  constructor(file: IndexFile, inputs: readonly Run[], id: number) {
    const entries = inputs.reduce((sum, run) => sum + run.entries, 0);
    this.inputs = inputs;
    this.#file = file;
    this.#output = { id, entries, fingerprints: new Fingerprints(entries) };
    this.#sources = inputs.map((run) => new RunSource(file, run));
  }

  /** Writes the next pages. @returns the run that came of it, once it is whole and in the file; before, undefined. */
  async step(): Promise<Run | undefined> {
    const writer = new PageWriter(this.#output.id, this.#nextPage, STEP_PAGES);
    let sources = await this.#filled();
    while (sources.length > 0 && !writer.isFull) {
      this.#take(sources, writer);
      sources = await this.#filled();
    }
    const { pages, bytes } = writer.finish();
    await this.#file.insertPages({ run: this.#output.id, page: this.#nextPage }, pages, bytes);
    this.#nextPage += pages;
    return sources.length === 0 ? this.#output : undefined;
  }

  async #filled(): Promise<RunSource[]> {
    for (const source of this.#sources) await source.fill();
    return this.#sources.filter((source) => !source.isAtEnd);
  }

  /** Moves entries, the lowest hash first, until a source has none left in memory or the writer is full. */
  #take(sources: readonly RunSource[], writer: PageWriter): void {
    const { fingerprints } = this.#output;
    let isFilled = true;
    while (isFilled && !writer.isFull) {
      const lowest = lowestOf(sources);
      writer.add(lowest.page, lowest.at);
      fingerprints.add(lowest.page[lowest.at + HASH_HIGH] as number, lowest.page[lowest.at + HASH_LOW] as number);
      isFilled = lowest.advance();
    }
  }
}

/** Any of those that have the lowest hash: a look-up takes all entries of a hash, and puts them in order by itself. */
function lowestOf(sources: readonly RunSource[]): RunSource {
  let lowest = sources[0] as RunSource;
  for (let at = 1; at < sources.length; at += 1) {
    const source = sources[at] as RunSource;
    if (isAfter(lowest.page, lowest.at, source.page, source.at)) lowest = source;
  }
  return lowest;
}
