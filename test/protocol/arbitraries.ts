import fc from 'fast-check';
import type { Ballot } from '../../src/protocol/ballot.ts';
import type { Reply, Request } from '../../src/protocol/messages.ts';
import type { Accepted, Proposal } from '../../src/protocol/register.ts';
import { NAME, proposal } from '../support/paxos.ts';

/** Any ballot that a member may send. */
export const anyBallot: fc.Arbitrary<Ballot> = fc.record({
  round: fc.nat(),
  node: fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/),
  incarnation: fc.nat(),
});

/** One of eighteen ballots: few, so that equal and neighbouring ones meet often. */
export const fewBallots: fc.Arbitrary<Ballot> = fc.record({
  round: fc.integer({ min: 1, max: 3 }),
  node: fc.constantFrom('n1', 'n2', 'n3'),
  incarnation: fc.integer({ min: 1, max: 2 }),
});

export const fewMembers: fc.Arbitrary<string> = fc.constantFrom('n1', 'n2', 'n3', 'n4', 'n5');

/** Four proposals, two of which share an operation id. */
export const fewProposals: fc.Arbitrary<Proposal> = fc.constantFrom(
  proposal('alice'),
  proposal('bob'),
  proposal('carol'),
  proposal('alice', 'other bytes'),
);

export const fewAccepted: fc.Arbitrary<Accepted> = fc.record({ ballot: fewBallots, proposal: fewProposals });

/** Requests of one register; every decide among them speaks of `decision`. */
export function requestsAbout(decision: Accepted): fc.Arbitrary<Request> {
  return fc.oneof(
    { weight: 4, arbitrary: fewBallots.map((ballot): Request => ({ type: 'prepare', name: NAME, ballot })) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fewBallots, fewProposals)
        .map(([ballot, proposal]): Request => ({ type: 'accept', name: NAME, ballot, proposal })),
    },
    { weight: 1, arbitrary: fc.constant<Request>({ type: 'query', name: NAME }) },
    { weight: 1, arbitrary: fc.constant<Request>({ type: 'decide', name: NAME, decision }) },
  );
}

/** Requests in some order, decided at most one way. */
export const anyRequests: fc.Arbitrary<readonly Request[]> = fewAccepted.chain((decision) =>
  fc.array(requestsAbout(decision), { maxLength: 20 }),
);

/** Any reply about the register; `decided` is left out, for it settles everything at once. */
export const anyVote: fc.Arbitrary<Reply> = fc.oneof(
  fc
    .tuple(fewBallots, fc.option(fewBallots))
    .map(([ballot, found]): Reply => ({ type: 'promised', name: NAME, ballot, accepted: foundAt(found) })),
  fewBallots.map((ballot): Reply => ({ type: 'accepted', name: NAME, ballot })),
  fc
    .tuple(fewBallots, fewBallots)
    .map(([ballot, promised]): Reply => ({ type: 'rejected', name: NAME, ballot, promised })),
  fc.option(fewBallots).map((found): Reply => ({ type: 'held', name: NAME, accepted: foundAt(found) })),
);

/** One proposal a ballot, as the protocol has it: the ballot itself says which. */
export function foundAt(found: Ballot | null): Accepted | null {
  return found === null
    ? null
    : { ballot: found, proposal: proposal(`${found.round}-${found.node}-${found.incarnation}`) };
}
