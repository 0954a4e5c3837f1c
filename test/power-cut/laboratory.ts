import { rmSync } from 'node:fs';
import { Dice } from '../simulation/dice.ts';
import { type Edit, editedSource } from '../support/edited-source.ts';
import { type Control, HURRIED } from './controls.ts';
import { type Explore, newTally, type Tally } from './explore.ts';
import type { Violation } from './lineage.ts';
import type { Recorder } from './recorder.ts';

/** Explores with a copy of the source that has these edits. */
export async function exploreWith(
  recorder: Recorder,
  {
    name,
    edits,
    explore,
    saves,
    seed,
  }: { name: string; edits: readonly Edit[]; explore: Explore; saves: number; seed: number },
  tally: Tally = newTally(),
): Promise<Violation | undefined> {
  const source = editedSource(name, edits);
  try {
    return await explore({ recorder, source }, saves, new Dice(seed), tally);
  } finally {
    rmSync(source, { recursive: true });
  }
}

/** Looks for a planted mistake. @returns what gave it away; undefined where nothing did. */
export async function catchControl(
  recorder: Recorder,
  { name, edits, explore }: Control,
): Promise<Violation | undefined> {
  for (let seed = 1; seed <= 3; seed += 1) {
    const violation = await exploreWith(recorder, { name, edits: [...HURRIED, ...edits], explore, saves: 3, seed });
    if (violation !== undefined) return violation;
  }
  return undefined;
}
