import { formatBallot } from '../../src/protocol/ballot.ts';
import type { Reply, Request } from '../../src/protocol/messages.ts';
import type { Accepting, Preparing, Round } from '../../src/protocol/proposer.ts';
import type { Accepted, Proposal, RegisterState } from '../../src/protocol/register.ts';
import type { AcceptorRecord, ActorRecord, Exchange, Sent } from './world.ts';

/*
 * Keys: two things have the same key when nothing that can happen tells them apart.
 */

export function keyOfProposal({ opId, value }: Proposal): string {
  const text = new TextDecoder().decode(value);
  return text === opId ? opId : `${opId}=${text}`;
}

export const keyOfAccepted = (accepted: Accepted | null): string =>
  accepted === null ? '-' : `${formatBallot(accepted.ballot)} ${keyOfProposal(accepted.proposal)}`;

const keyOfState = ({ promised, accepted, decided }: RegisterState): string =>
  `${formatBallot(promised)},${keyOfAccepted(accepted)},${decided ? 'decided' : ''}`;

function keyOfRequest(request: Request): string {
  switch (request.type) {
    case 'prepare':
      return `prepare ${formatBallot(request.ballot)}`;
    case 'accept':
      return `accept ${keyOfAccepted(request)}`;
    case 'query':
      return 'query';
    case 'decide':
      return `decide ${keyOfAccepted(request.decision)}`;
  }
}

export function keyOfReply(reply: Reply): string {
  switch (reply.type) {
    case 'promised':
      return `promised ${formatBallot(reply.ballot)} ${keyOfAccepted(reply.accepted)}`;
    case 'accepted':
      return `accepted ${formatBallot(reply.ballot)}`;
    case 'rejected':
      return `rejected ${formatBallot(reply.ballot)} ${formatBallot(reply.promised)}`;
    case 'decided':
      return `decided ${keyOfAccepted(reply.decision)}`;
    case 'held':
      return `held ${keyOfAccepted(reply.accepted)}`;
  }
}

export const keyOfSent = ({ from, request }: Sent): string => `${from}: ${keyOfRequest(request)}`;

export const keyOfExchange = (exchange: Exchange): string =>
  `${exchange.disk}|${keyOfSent(exchange)}|${keyOfReply(exchange.reply)}`;

export function keyOfAcceptor({ live, saved, disk, said }: AcceptorRecord): string {
  const state = live === saved ? keyOfState(live) : pairKey(live, saved);
  return `${disk};${state};${said.map(keyOfExchange).join(';')}`;
}

function pairKey(live: RegisterState, saved: RegisterState): string {
  const [one, other] = [keyOfState(live), keyOfState(saved)];
  return one === other ? one : `${one} / ${other}`;
}

export function keyOfActor(record: ActorRecord): string {
  const { spec, life, incarnation, rounds, roundsInAll, sent, concluded, foundEmpty, chosenBefore } = record;
  const counters = `${spec.name} ${life} ${incarnation} ${rounds} ${roundsInAll}`;
  const openings = record.opened.map(keyOfAccepted).join();
  const found = `${concluded.map(({ proposal }) => keyOfProposal(proposal)).join()}/${foundEmpty}/${chosenBefore}`;
  return `${counters}|${keyOfStatus(record)}|${openings}|${sent.map(keyOfSent).join(';')}|${found}`;
}

function keyOfStatus({ status }: ActorRecord): string {
  if (status.type === 'opening') return `opening ${status.opening.number}`;
  if (status.type !== 'round') return status.type;
  const { round } = status;
  const proposal = round.phase === 'accepting' ? keyOfProposal(round.proposal) : '';
  return `${round.phase} ${formatBallot(round.ballot)} ${proposal}`;
}

/** What a round is to the rest of the world. Its `highest` is left out: the next ballot may be any higher one here. */
export function keyOfRound(round: Round): string {
  switch (round.phase) {
    case 'preparing':
      return `preparing ${formatBallot(round.ballot)} ${keyOfAccepted(round.found)} ${keyOfVotes(round)}`;
    case 'accepting':
      return `accepting ${formatBallot(round.ballot)} ${keyOfProposal(round.proposal)} ${keyOfVotes(round)}`;
    case 'chosen':
      return `chosen ${keyOfAccepted(round.decision)}`;
    case 'empty':
    case 'beaten':
      return round.phase;
  }
}

function keyOfVotes({ votes }: Preparing | Accepting): string {
  return `${[...votes.yes].sort().join()}/${[...votes.no].sort().join()}`;
}
