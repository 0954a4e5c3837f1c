import type { Ballot } from '../protocol/ballot.ts';
import { settledOf } from '../protocol/handover.ts';
import type { Handover, Settled } from '../protocol/messages.ts';
import type { Decision } from '../protocol/register.ts';
import { settledParts } from './answers.ts';

/**
 * Carries out what another member handed over, and answers what was decided of it. What is settled in one turn goes into one
 * answer, or into as many as it takes. What is not settled here in time is not answered: the other member goes on by itself.
 */
export function carryOutHandover(
  handover: Handover,
  ballot: Ballot,
  write: (write: Handover['writes'][number], onDecided: (decision: Decision) => void) => void,
  answer: (settled: Settled) => void,
  bytesMax: number,
): void {
  let decisions: { readonly place: number; readonly decision: Decision }[] = [];
  const flush = () => {
    const settled = settledOf(handover, decisions, ballot);
    decisions = [];
    for (const part of settledParts(settled, bytesMax)) answer(part);
  };
  for (const [place, one] of handover.writes.entries()) {
    write(one, (decision) => {
      if (decisions.length === 0) queueMicrotask(flush);
      decisions.push({ place, decision });
    });
  }
}
