/*
 * The one place that knows how the NATS library says what went wrong. An error is told by its `name` and `code`, never by
 * `instanceof`: an application may have a copy of the library of its own, whose classes are other classes.
 */

/** The kinds of errors of NATS. */
export type NatsFault =
  /** Nobody listens on the subject, so nothing was started. */
  | 'no-responders'
  | 'timeout'
  /** The user may not publish or subscribe there: see `deniedBy`. */
  | 'permissions'
  /** The server turned the user away. */
  | 'authentication'
  /** The message is larger than the server takes. */
  | 'payload-too-large'
  /** The connection is closed, or about to be. */
  | 'closed'
  /** Of NATS, and none of the above. */
  | 'other'
  /** Not of NATS at all. */
  | 'foreign';

/** An operation that NATS did not permit. */
export interface Denied {
  readonly operation: 'publish' | 'subscribe';
  readonly subject: string;
}

const FAULTS: ReadonlyMap<string, NatsFault> = new Map([
  ['503', 'no-responders'],
  ['TIMEOUT', 'timeout'],
  ['PERMISSIONS_VIOLATION', 'permissions'],
  ['AUTHORIZATION_VIOLATION', 'authentication'],
  ['AUTHENTICATION_EXPIRED', 'authentication'],
  ['AUTHENTICATION_TIMEOUT', 'authentication'],
  ['ACCOUNT_EXPIRED', 'authentication'],
  ['BAD_AUTHENTICATION', 'authentication'],
  ['BAD_CREDS', 'authentication'],
  ['MAX_PAYLOAD_EXCEEDED', 'payload-too-large'],
  ['CONNECTION_CLOSED', 'closed'],
  ['CONNECTION_DRAINING', 'closed'],
]);

/** Tells what an error of the NATS library means, whichever copy of the library made it. */
export function natsFaultOf(error: unknown): NatsFault {
  if (!(error instanceof Object) || !('name' in error) || error.name !== 'NatsError') return 'foreign';
  return natsFaultOfCode('code' in error ? error.code : '');
}

/** Tells what a code of the NATS library means, as the status of a connection carries it. */
export function natsFaultOfCode(code: unknown): NatsFault {
  return FAULTS.get(String(code)) ?? 'other';
}

/** Tells which operation on which subject NATS refused; undefined for any other error. */
export function deniedBy(error: unknown): Denied | undefined {
  return natsFaultOf(error) === 'permissions' ? deniedIn(error as object) : undefined;
}

/** Tells what was denied by an error, or by the status of a connection, of the NATS library; undefined where it does not say. */
export function deniedIn(told: { readonly permissionContext?: unknown }): Denied | undefined {
  const { operation, subject } = (told.permissionContext ?? {}) as { operation?: unknown; subject?: unknown };
  const known = OPERATIONS.get(String(operation));
  return known === undefined ? undefined : { operation: known, subject: String(subject) };
}

/** The library's types say `subscribe`; what it hands over says `subscription`. */
const OPERATIONS: ReadonlyMap<string, Denied['operation']> = new Map([
  ['publish', 'publish'],
  ['subscribe', 'subscribe'],
  ['subscription', 'subscribe'],
]);
