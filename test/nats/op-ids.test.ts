import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { problemWithOpId } from '../../src/contract/names.ts';
import { createOpIds } from '../../src/node/op-ids.ts';

test('no two operation ids are the same, of one session or of two, and all are well-formed', () => {
  const sources = [createOpIds(randomUUID().replaceAll('-', '')), createOpIds(randomUUID().replaceAll('-', ''))];
  const ids = sources.flatMap((newOpId) => Array.from({ length: 2_000 }, newOpId));
  expect(new Set(ids).size).toBe(4_000);
  expect(ids.map(problemWithOpId)).toEqual(ids.map(() => undefined));
});
