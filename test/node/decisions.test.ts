import { expect, test } from 'vitest';
import { Decisions } from '../../src/node/tasks/decisions.ts';
import { ballotOf, proposal } from '../support/paxos.ts';

/** Room for two generations of two entries each, about. */
const BYTES_MAX = 1_000;

const decisionOf = (text: string) => ({ ballot: ballotOf(1), proposal: proposal(text) });

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

test.each([
  ['values', 'r', 1_000],
  ['names', 'r'.repeat(200), 0],
])('what is kept is bounded by the bytes of its %s, of which it keeps at least half', (_, prefix, valueBytes) => {
  const bytesMax = 20_000;
  const decisions = new Decisions(bytesMax);
  const names = Array.from({ length: 200 }, (_, at) => `${prefix}.${100 + at}`);
  const bytesOf = (name: string) => 200 + name.length + valueBytes;
  const keptBytes = names.map((name) => {
    decisions.keep(name, decisionOf('v'.repeat(valueBytes)));
    return keptOf(decisions, names).reduce((sum, kept) => sum + bytesOf(kept), 0);
  });
  expect(Math.max(...keptBytes)).toBeLessThanOrEqual(bytesMax + 2 * bytesOf(names[0] ?? ''));
  expect(keptBytes.at(-1)).toBeGreaterThanOrEqual(bytesMax / 2);
});

test('a decision that is kept again and again takes no room of others', () => {
  const decisions = new Decisions(BYTES_MAX);
  decisions.keep('other', decisionOf('v'));
  for (let times = 0; times < 100; times += 1) decisions.keep('same', decisionOf('v'));
  expect(decisions.get('other')).toEqual(decisionOf('v'));
});

/** The names that are kept, told by what contradicts them: that looks without moving anything. */
function keptOf(decisions: Decisions, names: readonly string[]): string[] {
  return names.filter((name) => {
    try {
      decisions.check(name, decisionOf('another'));
      return false;
    } catch {
      return true;
    }
  });
}
