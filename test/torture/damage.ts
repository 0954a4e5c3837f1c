import { open, readFile, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dice } from '../simulation/dice.ts';

/** What can happen to the bytes of a directory while no process has it open. */
export interface Damage {
  readonly name: string;
  /** Whether the member leaves properly first, so that all of its state is in the database and none in the log. */
  readonly afterLeaving: boolean;
  /** @returns what was done, for the log; undefined where there was nothing to damage. */
  readonly inflict: (dataDir: string, dice: Dice) => Promise<string | undefined>;
}

const FLIPS_MAX = 4;
/** A write that was torn ends somewhere in the last pages. */
const TORN_BYTES_MAX = 16_384;

const database = (dataDir: string) => join(dataDir, 'stele.sqlite');
const writeAheadLog = (dataDir: string) => join(dataDir, 'stele.sqlite-wal');

export const DAMAGES: readonly Damage[] = [
  { name: 'flipped bits in the database', afterLeaving: true, inflict: (dir, dice) => flipBits(database(dir), dice) },
  { name: 'flipped bits in the log', afterLeaving: false, inflict: (dir, dice) => flipBits(writeAheadLog(dir), dice) },
  { name: 'a torn tail of the database', afterLeaving: true, inflict: (dir, dice) => tear(database(dir), dice) },
  { name: 'a torn tail of the log', afterLeaving: false, inflict: (dir, dice) => tear(writeAheadLog(dir), dice) },
  { name: 'a wiped directory', afterLeaving: false, inflict: wipe },
];

async function wipe(dataDir: string): Promise<string> {
  await rm(dataDir, { recursive: true });
  return 'its directory is gone';
}

async function flipBits(file: string, dice: Dice): Promise<string | undefined> {
  const size = await sizeOf(file);
  if (size === 0) return undefined;
  const flips = 1 + dice.below(FLIPS_MAX);
  const content = await readFile(file);
  const handle = await open(file, 'r+');
  try {
    const places: string[] = [];
    for (let flip = 0; flip < flips; flip += 1) {
      const at = dice.below(size);
      const mask = 1 << dice.below(8);
      content[at] = (content[at] ?? 0) ^ mask;
      await handle.write(content, at, 1, at);
      places.push(`${at}:${mask}`);
    }
    return `flipped bits at ${places.join(', ')} of ${size} bytes`;
  } finally {
    await handle.close();
  }
}

async function tear(file: string, dice: Dice): Promise<string | undefined> {
  const size = await sizeOf(file);
  if (size === 0) return undefined;
  const lost = 1 + dice.below(Math.min(size, TORN_BYTES_MAX));
  await truncate(file, size - lost);
  return `lost the last ${lost} of ${size} bytes`;
}

async function sizeOf(file: string): Promise<number> {
  return await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
