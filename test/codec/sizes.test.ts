import { describe, expect, test } from 'vitest';
import { largestValueBytes } from '../../src/nats/payload-limit.ts';
import type { PeerMessage } from '../../src/ports.ts';
import { payloadOf } from './support.ts';

const TOP = 999_999_999_999_999;
const NAME = 'x'.repeat(255);
const ballot = { round: TOP, node: 'n'.repeat(32), incarnation: TOP };
const sender = {
  cluster: '"'.repeat(128),
  member: 'n'.repeat(32),
  storeId: '"'.repeat(128),
  incarnation: TOP,
  session: '"'.repeat(128),
  commits: TOP,
};

describe('the largest value', () => {
  const messagesWith = (value: Uint8Array): PeerMessage[] => {
    const proposal = { opId: '"'.repeat(64), value };
    const accepted = { ballot, proposal };
    const writes = [{ name: NAME, proposal }];
    const chosen = Array<number>(256).fill(TOP);
    return [
      { type: 'requests', sender, requests: [{ type: 'accept', name: NAME, ballot, proposal }] },
      { type: 'requests', sender, requests: [{ type: 'decide', name: NAME, decision: accepted }] },
      {
        type: 'replies',
        sender,
        replies: [{ type: 'promised', name: NAME, ballot: { ...ballot, round: 1 }, accepted }],
      },
      { type: 'replies', sender, replies: [{ type: 'held', name: NAME, accepted }] },
      {
        type: 'open',
        sender,
        opening: { ballot: { ...ballot, round: 0 }, number: TOP, writes, chosen },
        awaited: Array<string>(9).fill('n'.repeat(32)),
      },
      {
        type: 'opened',
        sender,
        opened: { number: TOP, refusals: [{ type: 'decided', name: NAME, decision: accepted }] },
      },
    ];
  };

  test.each([4_096, 8_192, 65_536, 1_048_576])(
    'fits into a payload of %i bytes, in a message of any type',
    (bytesMax) => {
      for (const message of messagesWith(new Uint8Array(largestValueBytes(bytesMax)).fill(255))) {
        // Of no bytes at all where there is room for none: then nothing is promised.
        if (largestValueBytes(bytesMax) > 0) expect(payloadOf(message).length).toBeLessThanOrEqual(bytesMax);
      }
    },
  );

  test('is most of a payload of a usual size', () => {
    expect(largestValueBytes(1_048_576)).toBeGreaterThan(1_000_000);
    expect(largestValueBytes(100)).toBe(0);
  });
});
