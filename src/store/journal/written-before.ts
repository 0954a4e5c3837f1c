import type { Change } from '../../protocol/batch.ts';
import type { Accepted } from '../../protocol/register.ts';
import type { Written } from './block.ts';

/**
 * Where what the register has accepted stands already: a promise, or word that it was decided, leaves it as it was. Only
 * for states that this store gave out; any other is written whole.
 */
export function writtenBefore(
  store: { writtenAt(accepted: Accepted): Written | undefined },
  { before, after }: Change,
): Written | undefined {
  if (before.accepted === null || after.accepted === null) return undefined;
  return isSame(before.accepted, after.accepted) ? store.writtenAt(before.accepted) : undefined;
}

/** The ballot may be another: it is part of the later state. */
function isSame(a: Accepted, b: Accepted): boolean {
  if (a === b) return true;
  return a.proposal.opId === b.proposal.opId && Buffer.compare(a.proposal.value, b.proposal.value) === 0;
}
