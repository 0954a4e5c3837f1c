import { describe, expect, it } from 'vitest';
import type { Control } from './control.ts';
import { CONTROLS } from './controls.ts';
import { HOME_CONTROLS } from './home-controls.ts';
import { SMALL_HOME_WORLDS } from './home-worlds.ts';
import { traceLines } from './print.ts';
import { type Rules, SHIPPED } from './rules.ts';
import { search } from './search.ts';
import type { WorldSpec } from './world.ts';
import { SMALL_WORLDS } from './worlds.ts';

const TEST_TIMEOUT_MS = 120_000;
/** More than any of these needs: a search that meets a limit is a failure here. */
const LIMITS = { statesMax: 5_000_000, budgetMs: Number.POSITIVE_INFINITY, now: () => performance.now() };

function keepsItsPromises(world: WorldSpec, rules: Rules): void {
  it(`keeps its promises: ${world.title}`, { timeout: TEST_TIMEOUT_MS }, () => {
    const report = search(world, LIMITS, rules);
    expect(traceLines(report)).toEqual([]);
    expect(report.complete).toBe(true);
    expect(report.states).toBeGreaterThan(1_000);
  });
}

function isCaught(control: Control): void {
  it(`catches ${control.title}`, { timeout: TEST_TIMEOUT_MS }, () => {
    const report = search(control.world, LIMITS, control.rules);
    expect(report.violation?.what).toBeDefined();
    expect(traceLines(report).length).toBeGreaterThan(1);
  });
}

describe('every interleaving of the shipped protocol', () => {
  for (const world of [...SMALL_WORLDS, ...SMALL_HOME_WORLDS]) keepsItsPromises(world, SHIPPED);
});

describe('a search that can fail', () => {
  for (const control of [...CONTROLS, ...HOME_CONTROLS]) isCaught(control);

  it('finds nothing in the worlds of the controls when the rules are the shipped ones', {
    timeout: TEST_TIMEOUT_MS,
  }, () => {
    const worlds = [...CONTROLS, ...HOME_CONTROLS].map((control) => control.world);
    for (const world of new Set(worlds)) {
      const shipped: WorldSpec = { ...world, chosen: 'with the home', lateReplies: false };
      expect(traceLines(search(shipped, LIMITS)), world.title).toEqual([]);
    }
  });

  it('says so when it was stopped before the end', () => {
    const [world] = SMALL_WORLDS;
    const report = search(world, { ...LIMITS, statesMax: 100 });
    expect(report).toMatchObject({ complete: false, violation: undefined });
    expect(report.states).toBeLessThan(200);
  });

  it('tells a way through two lives of a home, and that its acceptor goes with it', () => {
    const noLook = HOME_CONTROLS.find(({ title }) => title === 'an opening without a look at the own store');
    if (noLook === undefined) throw new Error('there is no such control');
    expect(traceLines(search(noLook.world, LIMITS, noLook.rules))).toEqual([
      '    1  n1  sends accept "alice" at 0/n1/1',
      '    2  n1  is given accept "alice" at 0/n1/1 by n1: accepted 0/n1/1',
      '    3  a2  is given accept "alice" at 0/n1/1 by n1: accepted 0/n1/1',
      '    4  n1  crashes and restarts, in incarnation 2',
      '    5  n1  sends accept "alice2" at 0/n1/2',
      '    6  n1  is given accept "alice2" at 0/n1/2 by n1: accepted 0/n1/2',
      '    7  a3  is given accept "alice2" at 0/n1/2 by n1: accepted 0/n1/2',
      '    ✗  Agreement is broken: "alice" is chosen at 0/n1/1, and "alice2" is chosen at 0/n1/2.',
    ]);
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
