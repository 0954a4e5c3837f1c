import type { Accepted, Decision, RegisterState } from '../protocol/register.ts';
import type { Block } from './block.ts';
import type { BlockCache } from './block-cache.ts';
import type { Written } from './block-writer.ts';
import { laterFirst, type Place } from './entries.ts';
import type { Journal } from './journal.ts';
import type { NameHash } from './name-hash.ts';
import type { Overlays } from './overlays.ts';
import type { Likely, Runs } from './runs.ts';

/** A register that may have been saved, and where its states may be. */
interface Wanted {
  readonly name: string;
  readonly places: Place[];
}

interface Found {
  readonly name: string;
  readonly place: Place;
  readonly block: Block;
}

/** What is known of registers without a look at the disk. */
export interface Search {
  readonly wanted: readonly Wanted[];
  readonly likely: readonly Likely[];
  /** The last commit that one of them may be in; 0 where that is not known yet. */
  readonly lastCommit: number;
}

/** Finds the states of registers: their places first, then the blocks that they are in. */
export class Lookup {
  readonly #hash: NameHash;
  readonly #overlays: Overlays;
  readonly #runs: Runs;
  readonly #cache: BlockCache;
  readonly #journal: Journal;
  /** Where a proposal that was given out stands, so that it need not be written again when its register changes. */
  readonly #written = new WeakMap<Accepted, Written>();

  constructor(parts: { hash: NameHash; overlays: Overlays; runs: Runs; cache: BlockCache; journal: Journal }) {
    this.#hash = parts.hash;
    this.#overlays = parts.overlays;
    this.#runs = parts.runs;
    this.#cache = parts.cache;
    this.#journal = parts.journal;
  }

  /** A decision that was saved up to that commit, if it can be told from what is in memory. One is enough: it does not change. */
  recall(name: string, lastCommit: number): Decision | undefined {
    return this.#overlays.firstOf(name, (place, block) => {
      if (place.commit > lastCommit) return undefined;
      const { decided, accepted } = block.saved(place.index);
      if (accepted === null || !(decided || place.isDecided)) return undefined;
      const { ballot, at } = accepted;
      const holder = at.commit === block.commit ? block : this.#cache.get(at.commit);
      return holder && { ballot, proposal: holder.proposal(at.index) };
    });
  }

  /** @returns undefined where none of them was ever saved: that is certain, and the common case of a write. */
  search(names: readonly string[]): Search | undefined {
    const hashes = this.#hash.ofAll(names);
    const wanted = new Map<number, Wanted>();
    const likely: Likely[] = [];
    let lastCommit = 0;
    this.#overlays.find(hashes, (at, place) => {
      placesOf(at).push(place);
      lastCommit = Math.max(lastCommit, place.commit);
    });
    this.#runs.find(hashes, (at, run, entry) => {
      likely.push({
        run,
        entry,
        high: hashes.highs[at] as number,
        low: hashes.lows[at] as number,
        places: placesOf(at),
      });
    });
    return wanted.size === 0 ? undefined : { wanted: [...wanted.values()], likely, lastCommit };

    function placesOf(at: number): Place[] {
      const known = wanted.get(at);
      if (known !== undefined) return known.places;
      const places: Place[] = [];
      wanted.set(at, { name: names[at] as string, places });
      return places;
    }
  }

  /**
   * Reads what a search needs of the index; to be called at once, before anything is folded or merged.
   * @throws StoreCorruptError where it is not as it was written.
   */
  async readPlaces({ wanted, likely }: Search): Promise<void> {
    if (likely.length > 0) await this.#runs.readPlaces(likely);
    for (const { places } of wanted) places.sort(laterFirst);
  }

  /** The states. @throws StoreCorruptError where a block is not as it was written, or not there. */
  async readStates({ wanted }: Search): Promise<Map<string, RegisterState>> {
    const found = await this.#findBlocks(wanted);
    const saved = found.map(({ block, place }) => block.saved(place.index));
    const blocks = await this.#blocks(saved.flatMap(({ accepted }) => accepted?.at.commit ?? []));
    const states = new Map<string, RegisterState>();
    for (const [at, { name, place }] of found.entries()) {
      const { promised, decided, accepted: held } = saved[at] as (typeof saved)[number];
      if (held === null) {
        states.set(name, { promised, accepted: null, decided });
        continue;
      }
      const accepted = { ballot: held.ballot, proposal: (blocks.get(held.at.commit) as Block).proposal(held.at.index) };
      const isDecided = decided || place.isDecided;
      // A decided one does not change any more.
      if (!isDecided) this.#written.set(accepted, held.at);
      states.set(name, { promised, accepted, decided: isDecided });
    }
    return states;
  }

  /** Where the proposal stands, if it is one that was given out here as accepted. */
  writtenAt(accepted: Accepted): Written | undefined {
    return this.#written.get(accepted);
  }

  /** For each register the latest block that has its name at its place; none where all of its places are others'. */
  async #findBlocks(wanted: readonly Wanted[]): Promise<Found[]> {
    const found: Found[] = [];
    let open = wanted;
    for (let attempt = 0; open.length > 0; attempt += 1) {
      const blocks = await this.#blocks(open.flatMap(({ places }) => places[attempt]?.commit ?? []));
      open = open.filter(({ name, places }) => {
        const place = places[attempt];
        if (place === undefined) return false;
        const block = blocks.get(place.commit) as Block;
        if (!block.isNamed(place.index, name)) return true;
        found.push({ name, place, block });
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
