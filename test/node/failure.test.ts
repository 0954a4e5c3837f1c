import { expect, test } from 'vitest';
import { NotAdmittedError } from '../../src/contract/errors.ts';
import { asSteleError } from '../../src/node/failure.ts';
import { invariant } from '../../src/protocol/invariant.ts';

function thrown(broken: () => void): unknown {
  try {
    broken();
  } catch (error) {
    return error;
  }
  throw new Error('it threw nothing');
}

test('a broken rule of the protocol is reported as one, and not as a failure of the disk', () => {
  const cause = thrown(() => invariant(false, 'Register orders.17: decided twice'));
  const error = asSteleError(cause);
  expect(error).toMatchObject({ code: 'STELE_INVARIANT', name: 'ProtocolBrokenError', cause });
  expect(error.message).toMatch(/orders\.17: decided twice.*Report it/);
  expect(error.message).not.toMatch(/store|cannot trust/i);
});

test('what else fails under a member is a failure of its store, unless it says itself what it is', () => {
  const cause = new Error('EIO');
  const message = expect.stringMatching(/its own state any more: EIO$/);
  expect(asSteleError(cause)).toMatchObject({ code: 'STELE_STORE_FAILED', cause, message });
  const refused = new NotAdmittedError('n2 does not listen to n1');
  expect(asSteleError(refused)).toBe(refused);
});
