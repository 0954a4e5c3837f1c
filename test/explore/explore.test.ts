import { describe, expect, it } from 'vitest';
import { CONTROLS } from './controls.ts';
import { traceLines } from './print.ts';
import { search } from './search.ts';
import { SMALL_WORLDS } from './worlds.ts';

const TEST_TIMEOUT_MS = 120_000;
/** More than any of these needs: a search that meets a limit is a failure here. */
const LIMITS = { statesMax: 5_000_000, budgetMs: Number.POSITIVE_INFINITY, now: () => performance.now() };

describe('every interleaving of the shipped protocol', () => {
  for (const world of SMALL_WORLDS) {
    it(`keeps its promises: ${world.title}`, { timeout: TEST_TIMEOUT_MS }, () => {
      const report = search(world, LIMITS);
      expect(traceLines(report)).toEqual([]);
      expect(report.complete).toBe(true);
      expect(report.states).toBeGreaterThan(1_000);
    });
  }
});

describe('a search that can fail', () => {
  for (const control of CONTROLS) {
    it(`catches ${control.title}`, { timeout: TEST_TIMEOUT_MS }, () => {
      const report = search(control.world, LIMITS, control.rules);
      expect(report.violation?.what).toBeDefined();
      expect(traceLines(report).length).toBeGreaterThan(1);
    });
  }

  it('finds nothing in the worlds of the controls when the rules are the shipped ones', {
    timeout: TEST_TIMEOUT_MS,
  }, () => {
    for (const world of new Set(CONTROLS.map((control) => control.world))) {
      expect(traceLines(search({ ...world, lateReplies: false }, LIMITS)), world.title).toEqual([]);
    }
  });

  it('says so when it was stopped before the end', () => {
    const [world] = SMALL_WORLDS;
    const report = search(world, { ...LIMITS, statesMax: 100 });
    expect(report).toMatchObject({ complete: false, violation: undefined });
    expect(report.states).toBeLessThan(200);
  });

  it('tells the shortest way to a violation, step by step', () => {
    const quorumOfOne = CONTROLS.find(({ title }) => title === 'a quorum of one');
    if (quorumOfOne === undefined) throw new Error('there is no such control');
    const report = search(quorumOfOne.world, LIMITS, quorumOfOne.rules);
    expect(traceLines(report)).toEqual([
      '    1  n1  sends prepare 1/n1/1, for "alice"',
      '    2  a1  is given prepare 1/n1/1 by n1: promised 1/n1/1, and had accepted nothing',
      '    3  n1  hears: a1 promised 1/n1/1, and had accepted nothing. So it sends accept "alice" at 1/n1/1',
      '    4  a2  is given accept "alice" at 1/n1/1 by n1: accepted 1/n1/1',
      '    5  n1  hears: a2 accepted 1/n1/1. So it says that "alice" at 1/n1/1 is decided',
      '    ✗  n1 says that "alice" is decided, and nothing is chosen.',
    ]);
  });
});
