import type { Dice } from '../simulation/dice.ts';
import { type ByteChange, changed, contentOf, type FileNode, type NameChange, type Survival } from './disk.ts';

/** What a disk writes as a whole, or not at all, if it keeps its word. */
const SECTOR_BYTES = 512;
/** A drive that does not keep its word tears a sector at any byte. */
const TEAR_CHANCE = 0.1;

export const NOTHING: Survival = { bytes: ({ synced }) => synced, names: () => [] };
export const EVERYTHING: Survival = { bytes: contentOf, names: (pending) => pending };

/** The first part of what was done to each file, its last write torn at any byte, and of the names. */
export function inOrder(dice: Dice): Survival {
  return {
    bytes({ synced, pending }) {
      const kept = pending.slice(0, dice.below(pending.length + 1));
      const last = kept.at(-1);
      if (last?.type !== 'write') return changed(synced, kept);
      return changed(synced, [...kept.slice(0, -1), torn(last, dice)]);
    },
    names: (pending) => pending.slice(0, dice.below(pending.length + 1)),
  };
}

/** All but the first write to each file: what came later overtook it. */
export const ALL_BUT_THE_FIRST: Survival = {
  bytes: ({ synced, pending }) => changed(synced, pending.slice(1)),
  names: (pending) => pending,
};

/** Nothing but the first bytes of the last write to each file. */
export function startOfLast(bytes: number): Survival {
  return {
    bytes({ synced, pending }) {
      const last = pending.at(-1);
      return last?.type === 'write' ? changed(synced, [{ ...last, bytes: last.bytes.subarray(0, bytes) }]) : synced;
    },
    names: (pending) => pending,
  };
}

/** Everything but the last bytes of each file, which are zeros, long as it is. */
export function withoutEnd(bytes: number): Survival {
  return {
    bytes(file) {
      const content = contentOf(file);
      return file.pending.length === 0 ? content : Buffer.from(content).fill(0, Math.max(0, content.length - bytes));
    },
    names: (pending) => pending,
  };
}

/** Any of it: each sector by itself, and so each name; sometimes most of it, sometimes little. */
export function atRandom(dice: Dice): Survival {
  const chance = dice.pick([0.1, 0.5, 0.9, 0.97]);
  return {
    bytes(file: FileNode) {
      const kept = file.pending.flatMap((change) => survivors(change, chance, dice));
      const bytes = changed(file.synced, kept);
      const size = contentOf(file).length;
      // A file system may keep a file's length before what is in it.
      return size > bytes.length && dice.chance(0.3) ? Buffer.concat([bytes], size) : bytes;
    },
    names: (pending: readonly NameChange[]) => pending.filter(() => dice.chance(chance)),
  };
}

function survivors(change: ByteChange, chance: number, dice: Dice): ByteChange[] {
  if (change.type === 'truncate') return dice.chance(chance) ? [change] : [];
  const kept: ByteChange[] = [];
  for (let from = 0; from < change.bytes.length; ) {
    const to = Math.min(change.bytes.length, from + SECTOR_BYTES - ((change.at + from) % SECTOR_BYTES));
    const sector: ByteChange = { ...change, at: change.at + from, bytes: change.bytes.subarray(from, to) };
    if (dice.chance(chance)) kept.push(sector);
    else if (dice.chance(TEAR_CHANCE)) kept.push(torn(sector, dice));
    from = to;
  }
  return kept;
}

function torn(write: Extract<ByteChange, { type: 'write' }>, dice: Dice): ByteChange {
  return { ...write, bytes: write.bytes.subarray(0, dice.below(write.bytes.length + 1)) };
}
