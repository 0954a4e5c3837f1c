import type { Reply } from '../../src/protocol/messages.ts';
import { isSettled, type Round } from '../../src/protocol/proposer.ts';
import { keyOfReply } from './keys.ts';
import type { Model } from './model.ts';
import type { Rules } from './rules.ts';
import { acceptorName, isSameBallot } from './world.ts';

/**
 * What makes it right to take late replies from the network: put to every round that was open in the search, with every
 * count of votes that it had, every reply that any acceptor ever gave and that is late for it leaves it the very same.
 * @returns the first that did not, in words.
 */
export function lateReplyCounted({ actors, acceptors, world }: Model, rules: Rules): string | undefined {
  for (let number = 0; number < actors.openRounds.size; number += 1) {
    const round = actors.openRounds.get(number);
    for (let other = 0; other < acceptors.replies.size; other += 1) {
      const reply = acceptors.replies.get(other);
      if (!isLate(round, reply)) continue;
      for (let at = 0; at < world.acceptors; at += 1) {
        if (rules.onReply(round, acceptorName(world, at), reply, world.acceptors) !== round) {
          return `A late reply was counted: ${keyOfReply(reply)}, by a round that was ${round.phase}.`;
        }
      }
    }
  }
  return undefined;
}

function isLate(round: Round, reply: Reply): boolean {
  if (isSettled(round)) return true;
  if (reply.type === 'promised') return round.phase === 'accepting' || !isSameBallot(reply.ballot, round.ballot);
  return reply.type === 'accepted' && !isSameBallot(reply.ballot, round.ballot);
}
