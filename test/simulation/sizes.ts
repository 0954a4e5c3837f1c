import type { PeerMessage } from '../../src/ports.ts';
import type { Decision } from '../../src/protocol/register.ts';

/** What a message has around its writes, at most. */
const AROUND_BYTES = 4_096;

/** Whether a message that cannot be cut fits into one payload, counting what it cannot do without. One write always does. */
export function fits(message: PeerMessage, payloadBytesMax: number): boolean {
  const sizes = sizesOf(message);
  return sizes.length < 2 || sizes.reduce((sum, size) => sum + size, AROUND_BYTES) <= payloadBytesMax;
}

function sizesOf(message: PeerMessage): readonly number[] {
  switch (message.type) {
    case 'open':
      return message.opening.writes.map(({ name, proposal }) => name.length + bytesOf(proposal));
    case 'opened':
      return message.opened.refusals.map(
        (refusal) => refusal.name.length + (refusal.type === 'decided' ? bytesOf(refusal.decision.proposal) : 0),
      );
    default:
      return [];
  }
}

function bytesOf({ opId, value }: Decision['proposal']): number {
  return opId.length + value.length;
}
