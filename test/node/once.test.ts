import { expect, test } from 'vitest';
import { Once } from '../../src/node/once.ts';

test('what repeats is new once, and what is remembered is bounded: the oldest is forgotten, and nothing else', () => {
  const once = new Once();
  for (let key = 0; key < 256; key += 1) expect(once.isNew(`${key}`)).toBe(true);
  for (const key of ['0', '128', '255']) expect(once.isNew(key)).toBe(false);
  expect(once.isNew('one more')).toBe(true);
  for (const key of ['1', '128', '255', 'one more']) expect(once.isNew(key)).toBe(false);
  expect(once.isNew('0')).toBe(true);
});
