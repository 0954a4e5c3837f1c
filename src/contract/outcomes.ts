import type { Decision } from '../protocol/register.ts';

/** Nothing was started. `code` is as in HTTP: 400, 413, 429 or 503; `error` says what was wrong and what to do. */
export interface Refused {
  readonly outcome: 'refused';
  readonly code: number;
  readonly error: string;
}

/** The outcome of a write. */
export type WriteResult =
  /** This operation's value is the register's value. */
  | { readonly outcome: 'won'; readonly decision: Decision }
  /** Another operation's value is. */
  | { readonly outcome: 'lost'; readonly decision: Decision }
  /** No quorum answered in time: it may yet take effect. The same write with the same operation id settles it. */
  | { readonly outcome: 'unknown' }
  | Refused;

/** The outcome of a read. */
export type ReadResult =
  | { readonly outcome: 'decided'; readonly decision: Decision }
  /** No value had been written when the read began. */
  | { readonly outcome: 'empty' }
  /**
   * No quorum answered in time. `heldBytes`: the size of the value that the member itself holds, where that is more than members
   * can tell each other now; nobody can find out then whether it was chosen.
   */
  | { readonly outcome: 'unavailable'; readonly heldBytes?: number }
  | Refused;

/** A result that has a value to tell. */
export type Known = Extract<WriteResult | ReadResult, { readonly decision: Decision }>;
