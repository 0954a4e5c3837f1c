import fc from 'fast-check';
import { expect, test } from 'vitest';
import { onRequest } from '../../src/protocol/acceptor.ts';
import { onBatch } from '../../src/protocol/batch.ts';
import type { Reply, Request } from '../../src/protocol/messages.ts';
import { type RegisterState, UNTOUCHED } from '../../src/protocol/register.ts';
import { ballotOf, proposal } from '../support/paxos.ts';

const name = fc.constantFrom('a', 'b');
const someBallot = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom('n1', 'n2'))
  .map(([r, n]) => ballotOf(r, n));
const request: fc.Arbitrary<Request> = fc.oneof(
  fc.record({ type: fc.constant('prepare' as const), name, ballot: someBallot }),
  fc.record({ type: fc.constant('query' as const), name }),
  // One ballot belongs to one proposal, as the proposers see to.
  fc
    .tuple(name, someBallot)
    .map(([of, at]) => ({ type: 'accept' as const, name: of, ballot: at, proposal: proposal(at.node) })),
);

test('a batch gives the states and replies of its requests one by one', () => {
  fc.assert(
    fc.property(fc.array(fc.array(request, { maxLength: 6 }), { maxLength: 6 }), (messages) => {
      const states = new Map<string, RegisterState>();
      const replies: Reply[][] = messages.map((requests) =>
        requests.flatMap((one) => {
          const { state, reply } = onRequest(states.get(one.name) ?? UNTOUCHED, one);
          states.set(one.name, state);
          return reply === null ? [] : [reply];
        }),
      );
      const verdict = onBatch(new Map(), messages);
      expect(verdict.answer).toEqual(replies);
      for (const { name: changed, before, after } of verdict.save) {
        expect(before).toBe(UNTOUCHED);
        expect(after).toEqual(states.get(changed));
        states.delete(changed);
      }
      for (const untouched of states.values()) expect(untouched).toBe(UNTOUCHED);
    }),
  );
});

test('a batch that changes nothing has nothing to save', () => {
  expect(onBatch(new Map(), [[{ type: 'query', name: 'a' }]]).save).toEqual([]);
});
