import { GROUP_SEGMENTS, type IndexFile, type Watermark } from './index-file.ts';
import { type Keydir, SEGMENTS } from './keydir.ts';

/** Registers that a start has to replay at most, in a small store; in a large one an eighth of all. */
const REPLAY_REGISTERS = 131_072;
const REPLAY_SHARE = 8;
/** What a commit costs a start beside its registers, in registers. */
const COMMIT_REGISTERS = 8;
const GROUPS = SEGMENTS / GROUP_SEGMENTS;

/** The journal, as far as the index has to know it. */
export interface JournalEnd {
  /** The last commit whose registers are in the keydir, on the disk or not yet. */
  readonly last: Watermark;
  readonly registers: number;
  /**
   * Resolves once all commits up to `last` are on the disk, and what blocks up to `replayedFrom` noted of peers is in its
   * table: the next start does not look at them. Rejects where a commit failed.
   */
  settled(replayedFrom: number): Promise<void>;
}

/**
 * Saves the keydir in the background, a group of segments at a time, in step with what the journal takes in. So a start
 * replays the commits after the oldest group, and what is written grows with the number of registers, not faster.
 */
export class Snapshots {
  readonly #keydir: Keydir;
  readonly #file: IndexFile;
  readonly #journal: JournalEnd;
  readonly #onFailed: (error: unknown) => void;
  /** What the journal has taken in, in registers, and what it had when each group was saved last. */
  #taken = 0;
  readonly #takenAt = new Array<number>(GROUPS).fill(0);
  /** Up to which commit each group is complete in the file; 0 for one that this process has not saved. */
  readonly #lasts = new Array<number>(GROUPS).fill(0);
  /** The part of `#taken` for which no group was saved yet. */
  #owed = 0;
  #hasMarks = false;
  #isEnding = false;
  #work: Promise<void> | undefined;

  constructor(keydir: Keydir, file: IndexFile, journal: JournalEnd, onFailed: (error: unknown) => void) {
    this.#keydir = keydir;
    this.#file = file;
    this.#journal = journal;
    this.#onFailed = onFailed;
  }

  /** Counts registers that were saved, once the journal has been asked to write them. */
  count(registers: number, commits = 1): void {
    this.#taken += registers + commits * COMMIT_REGISTERS;
    this.#owed += registers + commits * COMMIT_REGISTERS;
    if (this.#work === undefined && !this.#isEnding && this.#owed >= this.#stepRegisters) {
      this.#work = this.#run().catch(this.#onFailed);
    }
  }

  /** Notes that registers were marked as decided. */
  noteMarks(): void {
    this.#hasMarks = true;
  }

  /** Ends after the group that is under way. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#work;
  }

  /** Saves what was taken in or marked since, so that the next start has nothing to replay. To be called after `end`. */
  async saveRest(): Promise<void> {
    for (let group = 0; group < GROUPS; group += 1) {
      if (this.#hasMarks || this.#takenAt[group] !== this.#taken) await this.#save(group);
    }
  }

  get #stepRegisters(): number {
    return Math.max(REPLAY_REGISTERS, this.#journal.registers / REPLAY_SHARE) / GROUPS;
  }

  async #run(): Promise<void> {
    while (!this.#isEnding && this.#owed >= this.#stepRegisters) {
      this.#owed -= this.#stepRegisters;
      await this.#save(this.#takenAt.indexOf(Math.min(...this.#takenAt)));
    }
    this.#work = undefined;
  }

  /** A segment may name commits that a crash takes, so it is copied first, and written once they are on the disk. */
  async #save(group: number): Promise<void> {
    const from = group * GROUP_SEGMENTS;
    const copies = Array.from({ length: GROUP_SEGMENTS }, (_, at) => this.#keydir.segment(from + at).copy());
    const { last } = this.#journal;
    this.#takenAt[group] = this.#taken;
    this.#lasts[group] = last.commit;
    await this.#journal.settled(Math.min(...this.#lasts));
    await this.#file.write(from, last, copies);
  }
}
