import fc from 'fast-check';
import type { PeerMessage } from '../../src/ports.ts';
import type { Ballot } from '../../src/protocol/ballot.ts';
import type { Credentials, Hello } from '../../src/protocol/membership.ts';
import type { Reply, Request } from '../../src/protocol/messages.ts';
import type { Accepted, Proposal } from '../../src/protocol/register.ts';

const member = fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/);
const token = fc.stringMatching(/^[\x20-\x7e]{1,64}$/);
const name = fc.oneof(
  fc.constantFrom('orders.17', 'a', `${'x'.repeat(254)}y`),
  fc.stringMatching(/^[A-Za-z0-9=/-]{1,40}$/),
);
const whole = (min: number) => fc.integer({ min, max: 999_999_999_999_999 });
const value = fc.oneof(fc.uint8Array({ maxLength: 80 }), fc.constant(new Uint8Array(3_000).fill(7)));

const ballot: fc.Arbitrary<Ballot> = fc.record({ round: whole(1), node: member, incarnation: whole(1) });
const proposal: fc.Arbitrary<Proposal> = fc.record({
  opId: token,
  // As Buffers, so that equality looks at the bytes and at nothing else.
  value: value.map((bytes) => Buffer.from(bytes)),
});
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
});

const request: fc.Arbitrary<Request> = fc.oneof(
  fc.record({ type: fc.constant('prepare' as const), name, ballot }),
  fc.record({ type: fc.constant('accept' as const), name, ballot, proposal }),
  fc.record({ type: fc.constant('query' as const), name }),
  fc.record({ type: fc.constant('decide' as const), name, decision: accepted }),
);
const reply: fc.Arbitrary<Reply> = fc.oneof(
  fc.record({ type: fc.constant('promised' as const), name, ballot, accepted: maybeAccepted }),
  fc.record({ type: fc.constant('accepted' as const), name, ballot }),
  fc.record({ type: fc.constant('rejected' as const), name, ballot, promised: ballot }),
  fc.record({ type: fc.constant('decided' as const), name, decision: accepted }),
  fc.record({ type: fc.constant('held' as const), name, accepted: maybeAccepted }),
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
  fc.record({ type: fc.constant('hello' as const), sender: credentials, hello }),
  fc.record({ type: fc.constant('welcome' as const), sender: credentials, hello }),
  fc.record({
    type: fc.constant('refusal' as const),
    sender: credentials,
    refusal: fc.constantFrom(
      'not-a-member',
      'other-cluster',
      'other-members',
      'lost-disk',
      'old-copy',
      'second-process',
    ),
  }),
);
