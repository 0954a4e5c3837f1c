import { expect, test } from 'vitest';
import { Decisions } from '../../src/node/decisions.ts';
import { ballot, proposal } from '../support/sample.ts';

/** Room for two generations of two entries each, about. */
const BYTES_MAX = 1_000;

const decisionOf = (text: string) => ({ ballot: ballot(1), proposal: proposal(text) });

test('a decision that contradicts a kept one stops the member, also where the kept one is of the older half', () => {
  const decisions = new Decisions(BYTES_MAX);
  for (const name of ['a', 'b', 'c', 'd']) decisions.keep(name, decisionOf('v'));
  for (const name of ['a', 'b', 'c', 'd']) {
    expect(() => decisions.check(name, decisionOf('w'))).toThrow(/decided twice/);
    decisions.check(name, decisionOf('v'));
  }
});

test('what is kept is bounded: the oldest go, and those that are asked for stay', () => {
  const decisions = new Decisions(BYTES_MAX);
  decisions.keep('asked', decisionOf('v'));
  for (let at = 0; at < 40; at += 1) {
    decisions.keep(`r.${at}`, decisionOf('v'));
    expect(decisions.get('asked')).toEqual(decisionOf('v'));
  }
  const kept = Array.from({ length: 40 }, (_, at) => `r.${at}`).filter((name) => decisions.get(name) !== undefined);
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThan(8);
  expect(kept.at(-1)).toBe('r.39');
});
