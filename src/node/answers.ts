import type { Ballot } from '../protocol/ballot.ts';
import type { Opened, Settled } from '../protocol/messages.ts';
import type { Decision } from '../protocol/register.ts';
import { ENTRY_BYTES } from './task.ts';

/*
 * Answers carry decisions, with values that the question did not have, and so may be larger than the question was. The
 * messages of the short way cannot be cut by the transport: what does not fit has to be said otherwise.
 */

/** More than a place takes in a message. */
const PLACE_BYTES = 8;

/** A settled, as so many of them as it takes for each to keep within so many bytes; one decision always fits. */
export function settledParts({ won, decided }: Settled, bytesMax: number): readonly Settled[] {
  const parts: { won: readonly number[]; decided: Settled['decided'][number][] }[] = [{ won, decided: [] }];
  let bytes = won.length * PLACE_BYTES;
  for (const one of decided) {
    bytes += bytesOf(one.decision);
    if (bytes > bytesMax) {
      bytes = bytesOf(one.decision);
      parts.push({ won: [], decided: [] });
    }
    parts.at(-1)?.decided.push(one);
  }
  return parts.filter((part) => part.won.length > 0 || part.decided.length > 0);
}

/** An opened within so many bytes. Of decisions past them it says only that they stand in the way: a round finds them out. */
export function fittingOpened({ number, refusals }: Opened, opening: Ballot, bytesMax: number): Opened {
  let bytes = refusals.reduce((sum, { name }) => sum + ENTRY_BYTES + name.length, 0);
  const fitting = refusals.map((refusal): Opened['refusals'][number] => {
    if (refusal.type === 'rejected') return refusal;
    const { ballot, proposal } = refusal.decision;
    const more = proposal.opId.length + proposal.value.length;
    if (bytes + more > bytesMax) return { type: 'rejected', name: refusal.name, ballot: opening, promised: ballot };
    bytes += more;
    return refusal;
  });
  return { number, refusals: fitting };
}

function bytesOf({ proposal: { opId, value } }: Decision): number {
  return ENTRY_BYTES + opId.length + value.length;
}
