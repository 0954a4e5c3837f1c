import fc from 'fast-check';
import type { PeerMessage } from '../../src/ports.ts';
import type { Ballot } from '../../src/protocol/ballot.ts';
import type { Credentials, Hello } from '../../src/protocol/membership.ts';
import type { Decided, Opened, Opening, Rejected, Reply, Request, Write } from '../../src/protocol/messages.ts';
import type { Accepted, Proposal } from '../../src/protocol/register.ts';

const member = fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/);
const token = fc.stringMatching(/^[\x20-\x7e]{1,64}$/);
const name = fc.oneof(
  fc.constantFrom('orders.17', 'a', `${'x'.repeat(254)}y`),
  fc.stringMatching(/^[A-Za-z0-9=/-]{1,40}$/),
);
const whole = (min: number) =>
  fc.oneof(
    fc.integer({ min, max: 200 }),
    fc.integer({ min, max: 999_999_999_999_999 }),
    fc.constant(999_999_999_999_999),
  );
const value = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc.constant(new Uint8Array(900).fill(7)),
  fc.constant(new Uint8Array(127).fill(8)),
);

const freshBallot: fc.Arbitrary<Ballot> = fc.record({ round: whole(0), node: member, incarnation: whole(1) });
/** As in a real message, most of them are one of a few. */
const ballot: fc.Arbitrary<Ballot> = fc.oneof(
  { weight: 2, arbitrary: fc.nat(11).map((round) => ({ round, node: 'n1', incarnation: 1 })) },
  freshBallot,
);
const proposal: fc.Arbitrary<Proposal> = fc.record({ opId: token, value });
const accepted: fc.Arbitrary<Accepted> = fc.record({ ballot, proposal });
const maybeAccepted = fc.option(accepted);
const credentials: fc.Arbitrary<Credentials> = fc.record({
  cluster: token,
  member,
  storeId: token,
  incarnation: whole(1),
  session: token,
  commits: whole(0),
});
const hello: fc.Arbitrary<Hello> = fc.record({
  credentials,
  members: fc.array(member, { maxLength: 9 }),
  enrolled: fc.boolean(),
  remembers: fc.array(fc.record({ member, storeId: token, enrolled: fc.boolean() }), { maxLength: 9 }),
});

const request: fc.Arbitrary<Request> = fc.oneof(
  fc.record({ type: fc.constant('prepare' as const), name, ballot }),
  fc.record({ type: fc.constant('accept' as const), name, ballot, proposal }),
  fc.record({ type: fc.constant('query' as const), name }),
  fc.record({ type: fc.constant('decide' as const), name, decision: accepted }),
);
const rejected: fc.Arbitrary<Rejected> = fc.record({
  type: fc.constant('rejected' as const),
  name,
  ballot,
  promised: ballot,
});
const decided: fc.Arbitrary<Decided> = fc.record({ type: fc.constant('decided' as const), name, decision: accepted });
const reply: fc.Arbitrary<Reply> = fc.oneof(
  fc.record({ type: fc.constant('promised' as const), name, ballot, accepted: maybeAccepted }),
  fc.record({ type: fc.constant('accepted' as const), name, ballot }),
  rejected,
  decided,
  fc.record({ type: fc.constant('held' as const), name, accepted: maybeAccepted }),
);

const write: fc.Arbitrary<Write> = fc.record({ name, proposal });
const opening: fc.Arbitrary<Opening> = fc.record({
  ballot: fc.record({ round: fc.constant(0), node: member, incarnation: whole(1) }),
  number: whole(1),
  writes: fc.array(write),
  chosen: fc.array(whole(1)),
});
const opened: fc.Arbitrary<Opened> = fc.record({ number: whole(1), refusals: fc.array(fc.oneof(rejected, decided)) });

/** One that cannot be cut. */
export const anyBatchMessage: fc.Arbitrary<PeerMessage> = fc.oneof(
  fc.record({
    type: fc.constant('open' as const),
    sender: credentials,
    opening,
    awaited: fc.array(member, { maxLength: 9 }),
  }),
  fc.record({ type: fc.constant('opened' as const), sender: credentials, opened }),
);

/** Any message that a member may send. */
export const anyPeerMessage: fc.Arbitrary<PeerMessage> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('requests' as const), sender: credentials, requests: fc.array(request) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('replies' as const), sender: credentials, replies: fc.array(reply) }),
  },
  { weight: 8, arbitrary: anyBatchMessage },
  fc.record({ type: fc.constant('probe' as const), sender: credentials }),
  fc.record({ type: fc.constant('charge' as const), sender: credentials, lookedAfter: fc.boolean() }),
  fc.record({ type: fc.constant('hello' as const), sender: credentials, hello }),
  fc.record({ type: fc.constant('welcome' as const), sender: credentials, hello }),
  fc.record({
    type: fc.constant('refusal' as const),
    sender: credentials,
    refusal: fc.constantFrom(
      'not-a-member',
      'other-cluster',
      'other-members',
      'other-stores',
      'lost-disk',
      'old-copy',
      'second-process',
    ),
  }),
  fc.record({
    type: fc.constant('presence' as const),
    sender: credentials,
    hello,
    stage: fc.constantFrom('joining' as const, 'serving' as const, 'left' as const),
  }),
);
