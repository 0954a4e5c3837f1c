import type { Ballot } from '../../src/protocol/ballot.ts';
import type { Proposal } from '../../src/protocol/register.ts';

/** `ballot(3, 'n1')` is the third round of n1 in its first life. */
export function ballot(round: number, node = 'n1', incarnation = 1): Ballot {
  return { round, node, incarnation };
}

/** A proposal whose operation id and bytes are both this text. */
export function proposal(text: string, opId = text): Proposal {
  return { opId, value: Buffer.from(text) };
}
