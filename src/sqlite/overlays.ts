import type { Block } from './block.ts';
import type { BlockCache } from './block-cache.ts';
import { type Place, placeHigh, placeLow } from './entries.ts';
import type { Hashes, NameHash } from './name-hash.ts';
import { Overlay } from './overlay.ts';

/** Entries that gather before they are folded; as many again may wait for their folding to end. */
const OVERLAY_ENTRIES = 131_072;
/** Commits at which they are folded although there are few: the next start goes through all that were not. */
const OVERLAY_COMMITS = 16_384;

/** The entries that are not folded into the index file yet: those that gather, and those that are being folded. */
export class Overlays {
  readonly #hash: NameHash;
  readonly #cache: BlockCache;
  readonly #entriesMax: number;
  readonly #commitsMax: number;
  #active: Overlay;
  #frozen: Overlay | undefined;
  #commits = 0;

  constructor(hash: NameHash, cache: BlockCache, entriesMax = OVERLAY_ENTRIES, commitsMax = OVERLAY_COMMITS) {
    this.#hash = hash;
    this.#cache = cache;
    this.#entriesMax = entriesMax;
    this.#commitsMax = commitsMax;
    this.#active = new Overlay(entriesMax);
  }

  /** What is to be folded: it stays as it is, but for what is noted as decided, until `thaw`. */
  get frozen(): Overlay | undefined {
    return this.#frozen;
  }

  /** Whether so many more fit; where they do not, they will once what is frozen has been folded. */
  makeRoomFor(entries: number): boolean {
    if (!this.#active.hasRoomFor(entries)) return this.freeze(entries);
    if (this.#commits >= this.#commitsMax) this.freeze(entries);
    return true;
  }

  /** Begins anew, with room for so many. @returns whether that could be: one lot is folded at a time. */
  freeze(entries = 0): boolean {
    if (this.#frozen !== undefined) return false;
    if (this.#active.entries > 0) this.#frozen = this.#active;
    this.#commits = 0;
    this.#active = new Overlay(Math.max(this.#entriesMax, entries));
    return true;
  }

  /** The frozen entries are in the index file now. */
  thaw(): void {
    this.#frozen = undefined;
  }

  /** Takes in what a commit saved, for which there is room. */
  add(block: Block, names: readonly string[]): void {
    const low = placeLow(block.commit);
    for (let index = 0; index < names.length; index += 1) {
      const name = names[index] as string;
      this.#hash.of(name);
      // It takes the place of its own earlier entry, where that is easy to tell: else a contended one would have thousands.
      const slot = block.isNew(index) ? undefined : this.#slotOf(name);
      this.#active.set(this.#hash.high, this.#hash.low, low, placeHigh(block.commit, index), slot);
    }
    this.#commits += 1;
    this.#active.last = { commit: block.commit, checksum: block.checksum };
  }

  /**
   * The first thing that is made of a state of this register, of those that are not folded yet and whose blocks are in memory.
   * It is asked for every write, and most often there is none.
   */
  firstOf<T>(name: string, make: (place: Place, block: Block) => T | undefined): T | undefined {
    this.#hash.of(name);
    const { high, low } = this.#hash;
    for (let overlay: Overlay | undefined = this.#active; overlay !== undefined; overlay = this.#after(overlay)) {
      for (let slot = overlay.find(high, low); slot !== -1; slot = overlay.findNext(high, low, slot)) {
        const place = overlay.place(slot);
        const block = this.#cache.get(place.commit);
        const made = block?.isNamed(place.index, name) ? make(place, block) : undefined;
        if (made !== undefined) return made;
      }
    }
    return undefined;
  }

  /** Tells of each hash, by its place in the list, where it is saved. */
  find(hashes: Hashes, onPlace: (at: number, place: Place) => void): void {
    for (const overlay of [this.#active, this.#frozen]) if (overlay !== undefined) findIn(overlay, hashes, onPlace);
  }

  /**
   * Notes as decided what these blocks have of these registers, unless it was saved anew or folded since.
   * @param blocks those of consecutive commits, from `first` on, as far as they are in memory.
   */
  noteDecided(first: number, blocks: readonly (Block | undefined)[], names: readonly string[]): void {
    for (const name of names) {
      this.#hash.of(name);
      if (!this.#noteIn(this.#active, first, blocks, name) && this.#frozen !== undefined) {
        this.#noteIn(this.#frozen, first, blocks, name);
      }
    }
  }

  #noteIn(overlay: Overlay, first: number, blocks: readonly (Block | undefined)[], name: string): boolean {
    const { high, low } = this.#hash;
    for (let slot = overlay.find(high, low); slot !== -1; slot = overlay.findNext(high, low, slot)) {
      const block = blocks[overlay.commitAt(slot) - first];
      if (block === undefined) continue;
      const index = overlay.indexAt(slot);
      if (!block.isNamed(index, name) || !block.hasAccepted(index)) continue;
      overlay.setDecided(slot);
      return true;
    }
    return false;
  }

  #after(overlay: Overlay): Overlay | undefined {
    return overlay === this.#active ? this.#frozen : undefined;
  }

  #slotOf(name: string): number | undefined {
    const { high, low } = this.#hash;
    for (let slot = this.#active.find(high, low); slot !== -1; slot = this.#active.findNext(high, low, slot)) {
      if (this.#cache.get(this.#active.commitAt(slot))?.isNamed(this.#active.indexAt(slot), name)) return slot;
    }
    return undefined;
  }
}

function findIn(overlay: Overlay, { count, highs, lows }: Hashes, onPlace: (at: number, place: Place) => void): void {
  for (let at = 0; at < count; at += 1) {
    const high = highs[at] as number;
    const low = lows[at] as number;
    for (let slot = overlay.find(high, low); slot !== -1; slot = overlay.findNext(high, low, slot)) {
      onPlace(at, overlay.place(slot));
    }
  }
}
