import type { Reply } from '../../src/protocol/messages.ts';
import { keyOfExchange } from './keys.ts';
import type { AcceptorRecord, Exchange } from './world.ts';

/** What is left of it when one no longer listens: votes, for the record. */
export function hushed(said: readonly Exchange[], listener: string): readonly Exchange[] {
  return said.filter(({ from, reply }) => from !== listener || reply.type === 'accepted');
}

/**
 * Rejections and decisions are not kept on the network: an acceptor gives them again whenever it is asked again, for its
 * promise only rises and a decision stands. What is lost by that is only an older rejection, with a lower promise in it,
 * and a rejection by one that has learned the decision since; to a proposer both say no more than a silence does.
 */
export function staysOnNetwork(reply: Reply): boolean {
  return reply.type !== 'rejected' && reply.type !== 'decided';
}

export function withExchange(record: AcceptorRecord, exchange: Exchange): readonly Exchange[] {
  const key = keyOfExchange(exchange);
  if (record.said.some((said) => keyOfExchange(said) === key)) return record.said;
  return [...record.said, exchange].sort((a, b) => (keyOfExchange(a) < keyOfExchange(b) ? -1 : 1));
}
