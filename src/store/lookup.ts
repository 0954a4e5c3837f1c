import type { Accepted, Decision, RegisterState } from '../protocol/register.ts';
import type { Keydir, Location } from './index/keydir.ts';
import type { Block, Written } from './journal/block.ts';
import type { BlockCache } from './journal/block-cache.ts';
import type { Journal } from './journal/journal.ts';

/** A register that may have a state, and the commits where that may be, the latest first. */
interface Wanted {
  readonly name: string;
  readonly locations: readonly Location[];
}

interface Found {
  readonly name: string;
  readonly block: Block;
  readonly index: number;
  readonly isDecided: boolean;
}

/** What is known of registers without a look at the disk. */
export interface Search {
  readonly wanted: readonly Wanted[];
  /** The last commit that one of them may be in. */
  readonly lastCommit: number;
}

/** Finds the states of registers: their commits in the keydir, then their blocks in memory or in the journal. */
export class Lookup {
  readonly #keydir: Keydir;
  readonly #cache: BlockCache;
  readonly #journal: Journal;
  /** Where a proposal that was given out stands, so that it need not be written again when its register changes. */
  readonly #written = new WeakMap<Accepted, Written>();

  constructor(keydir: Keydir, cache: BlockCache, journal: Journal) {
    this.#keydir = keydir;
    this.#cache = cache;
    this.#journal = journal;
  }

  /** Whether one of these registers may have a state: `false` is certain, and the common case of a write. */
  mayFind(names: readonly string[]): boolean {
    return names.some((name) => this.#keydir.mayHave(name));
  }

  /** Tells a register's decision, where a commit up to `lastCommit` that is in memory has it. */
  recall(name: string, lastCommit: number): Decision | undefined {
    for (const { commit, isDecided } of this.#keydir.find(name)) {
      const block = commit <= lastCommit ? this.#cache.get(commit) : undefined;
      const index = block?.find(name);
      if (block === undefined || index === undefined) continue;
      const { decided, accepted } = block.saved(index);
      if (accepted === null || !(decided || isDecided)) return undefined;
      const holder = accepted.at.commit === commit ? block : this.#cache.get(accepted.at.commit);
      return holder && { ballot: accepted.ballot, proposal: holder.proposal(accepted.at.index) };
    }
    return undefined;
  }

  search(names: readonly string[]): Search {
    const wanted: Wanted[] = [];
    let lastCommit = 0;
    for (const name of names) {
      const locations = this.#keydir.find(name);
      if (locations[0] === undefined) continue;
      wanted.push({ name, locations });
      lastCommit = Math.max(lastCommit, locations[0].commit);
    }
    return { wanted, lastCommit };
  }

  /** Reads the states. @throws StoreCorruptError where a block is not as it was written, or not there. */
  async readStates({ wanted }: Search): Promise<Map<string, RegisterState>> {
    const found = await this.#findBlocks(wanted);
    const saved = found.map(({ block, index }) => block.saved(index));
    const blocks = await this.#blocks(saved.flatMap(({ accepted }) => accepted?.at.commit ?? []));
    const states = new Map<string, RegisterState>();
    for (const [at, one] of found.entries()) {
      const { promised, decided, accepted: held } = saved[at] as (typeof saved)[number];
      if (held === null) {
        states.set(one.name, { promised, accepted: null, decided });
        continue;
      }
      const accepted = { ballot: held.ballot, proposal: (blocks.get(held.at.commit) as Block).proposal(held.at.index) };
      const isDecided = decided || one.isDecided;
      // The state of a decided register does not change any more.
      if (!isDecided) this.#written.set(accepted, held.at);
      states.set(one.name, { promised, accepted, decided: isDecided });
    }
    return states;
  }

  /** Tells where a proposal stands, if it was given out here as accepted. */
  writtenAt(accepted: Accepted): Written | undefined {
    return this.#written.get(accepted);
  }

  /** Finds for each register the latest block that has its name; none where all of them are others'. */
  async #findBlocks(wanted: readonly Wanted[]): Promise<Found[]> {
    const found: Found[] = [];
    let open = wanted;
    for (let attempt = 0; open.length > 0; attempt += 1) {
      const blocks = await this.#blocks(open.flatMap(({ locations }) => locations[attempt]?.commit ?? []));
      open = open.filter(({ name, locations }) => {
        const location = locations[attempt];
        if (location === undefined) return false;
        const block = blocks.get(location.commit) as Block;
        const index = block.find(name);
        if (index === undefined) return true;
        found.push({ name, block, index, isDecided: location.isDecided });
        return false;
      });
    }
    return found;
  }

  async #blocks(commits: readonly number[]): Promise<Map<number, Block>> {
    const blocks = new Map<number, Block>();
    const missing = new Set<number>();
    for (const commit of commits) {
      const cached = this.#cache.get(commit);
      if (cached === undefined) missing.add(commit);
      else blocks.set(commit, cached);
    }
    if (missing.size === 0) return blocks;
    for (const block of await this.#journal.read([...missing])) {
      blocks.set(block.commit, block);
      this.#cache.set(block);
    }
    return blocks;
  }
}
