/** Fewer runs are not worth a merge. */
const MERGE_RUNS_MIN = 4;
/** Runs at which a merge is due whatever their sizes: each of them costs every look-up a step. */
export const RUNS_MAX = 24;

/**
 * Which runs to make one: the last ones, each of which has no more entries than all behind it together. So there are few
 * runs to look into, and an entry is written anew about once each time that the store has doubled.
 * @param entries how many entries each run has, from the oldest to the newest.
 * @returns how many of the last runs; 0 for none.
 */
export function runsToMerge(entries: readonly number[]): number {
  let sum = 0;
  let count = 0;
  for (const next of entries.toReversed()) {
    if (count > 0 && next > sum) break;
    sum += next;
    count += 1;
  }
  if (count >= MERGE_RUNS_MIN) return count;
  return entries.length >= RUNS_MAX ? RUNS_MAX / 2 : 0;
}
