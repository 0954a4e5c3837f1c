import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import { ballot } from '../support/sample.ts';
import { world } from './openings-world.ts';
import { task } from './tasks.ts';

describe('news of what was chosen', () => {
  test('goes out with the next opening', async () => {
    const { open, choose, asked, news, clock } = world();
    await open(task('a', 'v'));
    await choose();
    await open(task('b', 'v'));
    expect(asked[1]?.opening.chosen).toEqual([1]);
    await clock.pass(DEFAULT_SETTINGS.newsDelayMs);
    expect(news).toEqual([]);
  });

  test('goes out by itself when no opening comes by in time', async () => {
    const { open, choose, news, clock, asked } = world();
    await open(task('a', 'v'));
    await choose();
    await clock.pass(DEFAULT_SETTINGS.newsDelayMs - 1);
    expect(news).toEqual([]);
    await clock.pass(1);
    expect(news).toEqual([[1]]);
    await open(task('b', 'v'));
    expect(asked[1]?.opening).toMatchObject({ number: 2, chosen: [] });
  });

  test('is of whole openings only: what is chosen of the others has to be told in words', async () => {
    const { open, asked, news, clock, concluded } = world();
    await open(task('a', 'v'), task('b', 'w'));
    asked[0]?.hear('n1', [{ type: 'rejected', name: 'b', ballot: ballot(0, 'n1'), promised: ballot(1, 'n2') }]);
    asked[0]?.hear('n2');
    await clock.pass(DEFAULT_SETTINGS.newsDelayMs);
    expect(concluded).toEqual(['a chosen', 'b beaten']);
    expect(news).toEqual([]);
  });

  test('is not told after a stop', async () => {
    const { openings, open, choose, news, clock } = world();
    await open(task('a', 'v'));
    await choose();
    openings.stop();
    await clock.pass(1_000);
    expect(news).toEqual([]);
  });
});

describe('what an opening gets chosen whole', () => {
  test.each([
    [1, 'nobody else'],
    [2, 'n2'],
    [3, 'n2 n3'],
    [4, 'nobody else'],
    [5, 'nobody else'],
  ])('of %i members is known by vote to %s', async (members, knownTo) => {
    const names = Array.from({ length: members }, (_, index) => `n${index + 1}`);
    const { open, choose, concluded } = world({ members: names });
    await open(task('a', 'v'), task('b', 'w'));
    await choose();
    expect(concluded).toEqual([`a chosen, known to ${knownTo}`, `b chosen, known to ${knownTo}`]);
  });
});
