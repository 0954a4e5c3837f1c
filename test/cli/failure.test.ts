import { expect, test } from 'vitest';
import { NatsTurnedAwayError, NatsUnreachableError } from '../../src/cli/connect/connection.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { exitCodeOf, sentenceOf } from '../../src/cli/failure.ts';
import {
  BadInputError,
  NatsUnfitError,
  NoStoreError,
  ProtocolBrokenError,
  RefusedError,
  ServiceStoppedError,
  StoreFailedError,
  UnavailableError,
} from '../../src/contract/errors.ts';

test.each([
  [new BadInputError('x'), EXIT.badInput],
  [new RefusedError(413, 'x'), EXIT.badInput],
  [new RefusedError(403, 'x'), EXIT.unavailable],
  [new UnavailableError('x'), EXIT.unavailable],
  [new NatsUnreachableError('x'), EXIT.unavailable],
  [new NatsTurnedAwayError('x'), EXIT.unavailable],
  [new NatsUnfitError('x'), EXIT.unavailable],
  [Object.create(ServiceStoppedError.prototype), EXIT.unavailable],
  [new NoStoreError('x'), EXIT.storeRefused],
  // Starting again may help: the log is verified, and the other members know what was decided.
  [new StoreFailedError('x'), EXIT.otherwise],
  [new ProtocolBrokenError('x'), EXIT.otherwise],
])('a member that stops for %o exits with %i', (error, code) => {
  expect(exitCodeOf(error, EXIT.otherwise)).toBe(code);
});

test('only what nobody foresaw is called unforeseen', () => {
  expect(sentenceOf(new TypeError('x is not a function'))).toMatch(/unforeseen.*STELE_DEBUG/);
  const closed = Object.assign(new Error('CONNECTION_CLOSED'), { name: 'NatsError', code: 'CONNECTION_CLOSED' });
  expect(sentenceOf(closed)).not.toMatch(/unforeseen/);
});
