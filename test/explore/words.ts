import { formatBallot } from '../../src/protocol/ballot.ts';
import type { Reply, Request } from '../../src/protocol/messages.ts';
import type { Accepted } from '../../src/protocol/register.ts';
import { keyOfProposal } from './keys.ts';
import { type ActorRecord, ownProposal } from './world.ts';

/** Requests, replies and what people become, in words. */

export function requestInWords(request: Request): string {
  switch (request.type) {
    case 'prepare':
      return `prepare ${formatBallot(request.ballot)}`;
    case 'accept':
      return `accept ${acceptedInWords(request)}`;
    case 'query':
      return 'query';
    case 'decide':
      return `decide ${acceptedInWords(request.decision)}`;
  }
}

export function replyInWords(reply: Reply): string {
  switch (reply.type) {
    case 'promised':
      return `promised ${formatBallot(reply.ballot)}, and had accepted ${acceptedInWords(reply.accepted)}`;
    case 'accepted':
      return `accepted ${formatBallot(reply.ballot)}`;
    case 'rejected':
      return `rejected ${formatBallot(reply.ballot)}, and had promised ${formatBallot(reply.promised)}`;
    case 'decided':
      return `knows the decision, ${acceptedInWords(reply.decision)}`;
    case 'held':
      return `has accepted ${acceptedInWords(reply.accepted)}`;
  }
}

/** What an actor has become, seen from what it was. */
export function becameInWords(before: ActorRecord, after: ActorRecord): string {
  const { status } = after;
  if (after.foundEmpty) return 'says that the register is empty';
  if (status.type === 'done') return `says that ${after.concluded.map(acceptedInWords).join(' and ')} is decided`;
  if (status.type === 'opening' || (status.type === 'round' && status.round.phase === 'accepting')) {
    const known = before.sent.map(({ request }) => requestInWords(request));
    const sent = after.sent.map(({ request }) => requestInWords(request)).filter((words) => !known.includes(words));
    return `sends ${sent.join(' and ')}`;
  }
  if (status.type !== 'round') return `is ${status.type}`;
  const own = ownProposal(after);
  const why = own === null ? 'to finish what others began' : `for "${keyOfProposal(own)}"`;
  return `sends prepare ${formatBallot(status.round.ballot)}, ${why}`;
}

export function acceptedInWords(accepted: Accepted | null): string {
  return accepted === null ? 'nothing' : `"${keyOfProposal(accepted.proposal)}" at ${formatBallot(accepted.ballot)}`;
}
