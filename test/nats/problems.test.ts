import { expect, test } from 'vitest';
import { problemOf } from '../../src/nats/service/problems.ts';

test('a read that is unavailable because members cannot tell each other the value names the limit, and no missing majority', () => {
  const plain = problemOf({ outcome: 'unavailable' }, undefined);
  expect(plain).toMatchObject({ code: 504, error: expect.stringMatching(/^No majority/) });
  const held = problemOf({ outcome: 'unavailable', heldBytes: 60_000 }, undefined);
  expect(held).toMatchObject({ code: 504, error: expect.stringMatching(/60000 bytes.*max_payload.*read again/) });
  expect(held?.error).not.toMatch(/in time/);
});
