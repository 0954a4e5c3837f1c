import { NO_FAULTS, type Options } from './options.ts';
import { type Run, simulate } from './simulate.ts';

/** Seeds tried for each smaller world: to leave something out changes all that follows, so one alone often misses. */
const TRIES = 6;

/**
 * Looks for a smaller run that violates the same property: with a kind of fault less, or half of the operations, clients or
 * registers, for as long as any of these still fails.
 */
export async function shrink(failed: Run, onSmaller: (run: Run) => void): Promise<Run> {
  let smallest = failed;
  for (;;) {
    const smaller = await firstFailing(smallest);
    if (smaller === undefined) return smallest;
    smallest = smaller;
    onSmaller(smallest);
  }
}

async function firstFailing(failed: Run): Promise<Run | undefined> {
  for (const options of smallerThan(failed.options)) {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const run = await simulate({ ...options, seed: options.seed + tries * 1_000_003 });
      if (run.violations.some(({ property }) => property === failed.violations[0]?.property)) return run;
    }
  }
  return undefined;
}

function* smallerThan(options: Options): Generator<Options> {
  const { faults } = options;
  for (const kind of Object.keys(NO_FAULTS) as (keyof typeof NO_FAULTS)[]) {
    if (faults[kind] > 0) yield { ...options, faults: { ...faults, [kind]: 0 } };
  }
  const half = (count: number) => Math.ceil(count / 2);
  if (options.operations > 10) yield { ...options, operations: half(options.operations) };
  if (options.registers > 1) yield { ...options, registers: half(options.registers) };
  if (options.clients > 1) yield { ...options, clients: half(options.clients) };
  if (options.members > 3) yield { ...options, members: 3 };
}
