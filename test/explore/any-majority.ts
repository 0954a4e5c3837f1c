import { majority } from '../../src/protocol/quorum.ts';
import type { Inquiry } from '../../src/protocol/reader.ts';
import { type Accepted, sameAccepted } from '../../src/protocol/register.ts';
import type { OpeningVote } from '../../src/protocol/round-zero.ts';
import { outcomesOf } from '../../src/protocol/round-zero.ts';

/** What an opening came to, if any majority will do. */
export function wonByAnyMajority(...[vote, members]: Parameters<typeof outcomesOf>): ReturnType<typeof outcomesOf> {
  const { ballot, writes } = vote.opening;
  return outcomesOf(vote, members).map((outcome, at) => {
    const write = writes[at];
    if (write === undefined || consenting(vote, write.name) < majority(members)) return outcome;
    return { phase: 'chosen', name: write.name, decision: { ballot, proposal: write.proposal }, here: true };
  });
}

function consenting({ answered, refusals }: OpeningVote, name: string): number {
  return answered.length - (refusals.get(name)?.by.length ?? 0);
}

/** What a reader was told by any majority. */
export function heldByMajority({ answers }: Inquiry, members: number): Accepted | undefined {
  const held = answers.flatMap(({ accepted }) => accepted ?? []);
  return held.find((one) => held.filter((other) => sameAccepted(one, other)).length >= majority(members));
}
