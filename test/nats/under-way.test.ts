import { expect, test } from 'vitest';
import { UnderWay } from '../../src/nats/service/answer-once.ts';

test('nothing is under way once as much has ended as has begun', async () => {
  const underWay = new UnderWay();
  await underWay.none();
  underWay.begin();
  underWay.begin();
  const seen: string[] = [];
  const waits = [1, 2].map((waiter) => underWay.none().then(() => seen.push(`told ${waiter}`)));
  underWay.end();
  await Promise.resolve();
  seen.push('one is left');
  underWay.end();
  await Promise.all(waits);
  expect(seen).toEqual(['one is left', 'told 1', 'told 2']);
  await underWay.none();
});
