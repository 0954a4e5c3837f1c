import type { Ballot } from '../protocol/ballot.ts';
import type { Opened } from '../protocol/messages.ts';
import { ENTRY_BYTES } from './task.ts';

/**
 * An answer to an opening within so many bytes: the transport cannot cut it, and the decisions in it come with values that the
 * opening did not have. Of decisions past them it says only that they stand in the way: a round finds them out.
 */
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
