import { ErrorCode, NatsError } from 'nats';
import { expect, test } from 'vitest';
import { deniedBy, natsFaultOf } from '../../src/contract/nats-errors.ts';

/** As a second copy of the library makes them: its class is another one. */
class OtherNatsError extends Error {
  override readonly name = 'NatsError';
  readonly code: string;
  readonly permissionContext?: unknown;

  constructor(code: string, permissionContext?: unknown) {
    super(code);
    this.code = code;
    this.permissionContext = permissionContext;
  }
}

test.each([
  [ErrorCode.NoResponders, 'no-responders'],
  [ErrorCode.Timeout, 'timeout'],
  [ErrorCode.PermissionsViolation, 'permissions'],
  [ErrorCode.AuthorizationViolation, 'authentication'],
  [ErrorCode.AuthenticationExpired, 'authentication'],
  [ErrorCode.AuthenticationTimeout, 'authentication'],
  [ErrorCode.AccountExpired, 'authentication'],
  [ErrorCode.BadAuthentication, 'authentication'],
  [ErrorCode.BadCreds, 'authentication'],
  [ErrorCode.MaxPayloadExceeded, 'payload-too-large'],
  [ErrorCode.ConnectionClosed, 'closed'],
  [ErrorCode.ConnectionDraining, 'closed'],
  [ErrorCode.BadSubject, 'other'],
])('%s is told apart, of this copy of the library and of any other', (code, fault) => {
  expect(natsFaultOf(new NatsError('a sentence', code))).toBe(fault);
  expect(natsFaultOf(new OtherNatsError(code))).toBe(fault);
});

test('what is not of NATS is not taken for it, even with a code that NATS has too', () => {
  for (const error of [new Error('no'), Object.assign(new Error('no'), { code: 'TIMEOUT' }), 'no', null, undefined]) {
    expect(natsFaultOf(error)).toBe('foreign');
  }
});

test('a denied operation is named with its subject', () => {
  const denied = { operation: 'publish', subject: 'register.write.a' };
  expect(deniedBy(new OtherNatsError('PERMISSIONS_VIOLATION', denied))).toEqual(denied);
  expect(deniedBy(new OtherNatsError('PERMISSIONS_VIOLATION'))).toBeUndefined();
  expect(deniedBy(new OtherNatsError('TIMEOUT', denied))).toBeUndefined();
});

test.each(['subscribe', 'subscription'])('a denied subscription is told by the word %s', (operation) => {
  const denied = { operation, subject: 'register.>' };
  const expected = { operation: 'subscribe', subject: 'register.>' };
  expect(deniedBy(new OtherNatsError('PERMISSIONS_VIOLATION', denied))).toEqual(expected);
});
