import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cluster, type Happening } from './cluster.ts';

const HAPPENINGS_MAX = 150;

/** Messages move far more often than anything breaks, so that much is chosen while things go wrong. */
const happening: fc.Arbitrary<Happening> = fc.record({
  type: fc.oneof(
    { weight: 30, arbitrary: fc.constant('deliver' as const) },
    { weight: 6, arbitrary: fc.constantFrom('duplicate' as const, 'lose' as const) },
    { weight: 4, arbitrary: fc.constantFrom('propose' as const, 'conclude' as const) },
    { weight: 2, arbitrary: fc.constantFrom('ask' as const, 'crash acceptor' as const) },
    { weight: 2, arbitrary: fc.constantFrom('open' as const, 'crash home' as const) },
    { weight: 1, arbitrary: fc.constant('crash proposer' as const) },
  ),
  index: fc.nat({ max: 200 }),
});

const schedules = fc.array(happening, { maxLength: HAPPENINGS_MAX, size: 'max' });

describe('any schedule of messages lost, doubled and reordered, of crashes, and of a home that opens once a life', () => {
  for (const [acceptors, proposers] of [
    [3, 1],
    [3, 2],
    [3, 3],
    [4, 2],
    [5, 3],
  ] as const) {
    it(`${acceptors} acceptors and ${proposers} proposers choose one proposal, every reader agrees, and it settles`, () => {
      fc.assert(
        fc.property(schedules, (schedule) => {
          const cluster = new Cluster(acceptors, proposers);
          for (const next of schedule) cluster.happen(next);
          const chosenAmidstFaults = cluster.history.chosen;
          cluster.settle();
          expect(cluster.history.chosen).toBe(chosenAmidstFaults ?? cluster.history.chosen);
          expect(cluster.history.chosen).toBeDefined();
        }),
        { numRuns: 400 },
      );
    });
  }

  it('such schedules choose in round 0 and in later ones amidst the faults, and also end undecided: all are tried', () => {
    const ends = fc.sample(schedules, { numRuns: 300, seed: 17 }).map((schedule) => {
      const cluster = new Cluster(3, 2);
      for (const next of schedule) cluster.happen(next);
      const { history } = cluster;
      if (history.chosen === undefined) return 'undecided';
      return history.chosenByOpening ? 'in round 0' : 'in a later round';
    });
    for (const end of ['undecided', 'in round 0', 'in a later round']) {
      expect(ends.filter((one) => one === end).length, end).toBeGreaterThan(30);
    }
  });
});
