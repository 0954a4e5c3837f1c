/*
 * What clients saw, and nothing of how it came about: this folder knows none of the code under test. Instants are places
 * in one total order of everything that clients did and saw, so no two are equal.
 */

/** What a write asked for, or what a register was seen to hold. Values are text here, to be compared and printed. */
export interface Seen {
  readonly opId: string;
  readonly value: string;
}

export type WriteOutcome = 'won' | 'lost' | 'unknown' | 'refused';
export type ReadOutcome = 'decided' | 'empty' | 'unavailable' | 'refused';

interface CallBase {
  readonly id: number;
  readonly client: string;
  /** Which member was asked. */
  readonly member: string;
  readonly register: string;
  readonly invokedAt: number;
  /** Undefined while nothing came back. */
  returnedAt?: number;
  /** The register's value, where the answer carried one. */
  seen?: Seen;
}

/** One request for a write. A retry is a call of its own with the same proposal. */
export interface WriteCall extends CallBase {
  readonly kind: 'write';
  readonly proposal: Seen;
  outcome?: WriteOutcome;
}

export interface ReadCall extends CallBase {
  readonly kind: 'read';
  outcome?: ReadOutcome;
}

export type Call = WriteCall | ReadCall;

/** A decision that a member published. */
export interface Publication {
  readonly at: number;
  readonly member: string;
  readonly register: string;
  readonly decision: Seen;
}

export interface History {
  readonly calls: readonly Call[];
  readonly publications: readonly Publication[];
}

/** A property that does not hold, and where. */
export interface Violation {
  readonly property: string;
  readonly register: string | null;
  readonly detail: string;
}

export function isSame(a: Seen, b: Seen): boolean {
  return a.opId === b.opId && a.value === b.value;
}

export function formatSeen({ opId, value }: Seen): string {
  return `${opId}=${JSON.stringify(value)}`;
}

export function formatCall(call: Call): string {
  const what = call.kind === 'write' ? `write ${formatSeen(call.proposal)}` : 'read';
  const saw = call.seen === undefined ? '' : ` ${formatSeen(call.seen)}`;
  return `#${call.id} ${call.client} at ${call.member}: ${what} [${call.invokedAt}, ${call.returnedAt ?? '…'}] ${call.outcome ?? 'no answer'}${saw}`;
}
