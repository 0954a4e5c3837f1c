import { ENTRY_WORDS, HASH_HIGH, HASH_LOW } from './entries.ts';
import { Fingerprints } from './fingerprints.ts';
import { Merge } from './merge.ts';
import { RUNS_MAX, runsToMerge } from './merge-plan.ts';
import type { Overlay } from './overlay.ts';
import type { Overlays } from './overlays.ts';
import { PageWriter, pagesFor } from './pages.ts';
import { Pauses } from './pauses.ts';
import type { Run } from './run.ts';
import type { Runs } from './runs.ts';

/** Between two steps it rests for so many times what the last one took, most of which was beside the main thread. */
const REST_TIMES = 8;
const REST_MIN_MS = 5;
const REST_MAX_MS = 100;
/** What is frozen last was saved just now: time to hear that it was decided, which cannot be noted later. */
const NOTES_MS = 200;
/** Pages written, or removed, with one statement. */
const STEP_PAGES = 32;

export interface FoldingInput {
  readonly overlays: Overlays;
  readonly runs: Runs;
  /** Resolves once that commit is on the disk, and all that only the journal up to it knows besides the registers. */
  readonly beforeFold: (commit: number) => Promise<void>;
  readonly onFailed: (error: unknown) => void;
}

/**
 * Moves entries from memory to the index file, and makes few runs of many: in the background, one small step at a time.
 * Nothing that it writes stands in place of anything before the file's state says so.
 */
export class Folding {
  readonly #overlays: Overlays;
  readonly #runs: Runs;
  readonly #input: FoldingInput;
  readonly #pauses = new Pauses();
  #work: Promise<void> | undefined;
  #merge: Merge | undefined;
  #isEnding = false;
  #isDue = false;
  #roomWanted: (() => void)[] = [];

  constructor(input: FoldingInput) {
    this.#overlays = input.overlays;
    this.#runs = input.runs;
    this.#input = input;
  }

  /** To be called when there may be something to do. */
  start(): void {
    this.#isDue = true;
    this.#work ??= this.#run().catch((error: unknown) => {
      this.#isEnding = true;
      this.#input.onFailed(error);
      this.#giveRoom();
    });
  }

  /** Resolves once what is frozen now was folded, or folding has failed. Until then it takes no pauses. */
  async room(): Promise<void> {
    if (this.#isEnding || this.#overlays.frozen === undefined) return;
    this.start();
    this.#pauses.skip();
    await new Promise<void>((resolve) => this.#roomWanted.push(resolve));
  }

  /** Ends after the step that is under way. What is left undone the next start does. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#pauses.end();
    await this.#work;
  }

  /** Folds what has gathered, unless there are many runs already. To be called after `end`. */
  async foldRest(): Promise<void> {
    for (let lot = 0; lot < 2 && this.#runs.all.length < RUNS_MAX; lot += 1) {
      this.#overlays.freeze();
      if (this.#overlays.frozen !== undefined) await this.#fold(this.#overlays.frozen);
    }
  }

  async #run(): Promise<void> {
    while (this.#isDue && !this.#isEnding) {
      this.#isDue = false;
      let startedMs = performance.now();
      while (!this.#isEnding && (await this.#step())) {
        await this.#rest(performance.now() - startedMs);
        startedMs = performance.now();
      }
    }
    this.#work = undefined;
  }

  async #rest(tookMs: number): Promise<void> {
    const isBehind = this.#runs.all.length > RUNS_MAX / 2;
    await this.#pause(isBehind ? REST_MIN_MS : Math.max(REST_MIN_MS, Math.min(REST_MAX_MS, REST_TIMES * tookMs)));
  }

  async #pause(milliseconds: number): Promise<void> {
    if (this.#roomWanted.length === 0) await this.#pauses.of(milliseconds);
  }

  /** @returns whether there was something to do. */
  async #step(): Promise<boolean> {
    const { frozen } = this.#overlays;
    this.#merge ??= this.#nextMerge();
    if (frozen !== undefined && this.#runs.all.length < RUNS_MAX) await this.#fold(frozen);
    else if (this.#merge !== undefined) await this.#stepMerge(this.#merge);
    else return false;
    return true;
  }

  async #fold(frozen: Overlay): Promise<void> {
    await this.#pause(NOTES_MS);
    await this.#input.beforeFold(frozen.last.commit);
    const entries = frozen.sorted();
    const run = { id: this.#runs.newId(), entries: frozen.entries, fingerprints: new Fingerprints(frozen.entries) };
    let at = 0;
    for (let page = 0; page < pagesFor(run.entries); page += STEP_PAGES) {
      const writer = new PageWriter(run.id, page, STEP_PAGES);
      for (; at < entries.length && !writer.isFull; at += ENTRY_WORDS) {
        writer.add(entries, at);
        run.fingerprints.add(entries[at + HASH_HIGH] as number, entries[at + HASH_LOW] as number);
      }
      const { pages, bytes } = writer.finish();
      await this.#runs.file.insertPages({ run: run.id, page }, pages, bytes);
    }
    await this.#runs.replace([...this.#runs.all, run], frozen.last);
    this.#overlays.thaw();
    this.#giveRoom();
  }

  #nextMerge(): Merge | undefined {
    const runs = this.#runs.all;
    const count = runsToMerge(runs.map(({ entries }) => entries));
    return count === 0 ? undefined : new Merge(this.#runs.file, runs.slice(-count), this.#runs.newId());
  }

  async #stepMerge(merge: Merge): Promise<void> {
    const output = await merge.step();
    if (output === undefined) return;
    this.#merge = undefined;
    // Newer runs may have come behind those that were merged.
    const runs = this.#runs.all.flatMap((run) =>
      run === merge.inputs[0] ? [output] : merge.inputs.includes(run) ? [] : [run],
    );
    await this.#runs.replace(runs);
    for (const run of merge.inputs) await this.#remove(run);
  }

  async #remove({ id, entries }: Run): Promise<void> {
    for (let page = 0; page < pagesFor(entries); page += STEP_PAGES) {
      await this.#runs.file.removePages({ run: id, page }, STEP_PAGES);
    }
  }

  #giveRoom(): void {
    for (const resolve of this.#roomWanted.splice(0)) resolve();
  }
}
