import { type Ballot, FIRST_ROUND, type MemberId } from '../protocol/ballot.ts';
import type { Credentials, Hello, KnownStore, Refusal } from '../protocol/membership.ts';
import type { Decided, Opened, Opening, Rejected, Reply, Request, Write } from '../protocol/messages.ts';
import type { Accepted, Proposal } from '../protocol/register.ts';
import { Malformed } from './malformed.ts';
import { type Codec, flag, list, maybe, oneOf, struct, tagged, where, whole } from './schema.ts';

/** The most members that a cluster has. */
export const MEMBERS_MAX = 9;
const TOKEN = /^[\x20-\x7e]{1,128}$/;

/** The name of a cluster, a store or a session. */
function token(what: string): Codec<string> {
  return {
    put: (out, value) => out.text(value),
    read: (from) => {
      const text = from.text(what);
      if (!TOKEN.test(text)) throw new Malformed(`${what} is not 1 to 128 printable ASCII characters`);
      return text;
    },
  };
}

export const name: Codec<string> = { put: (out, value) => out.text(value), read: (from) => from.name() };
export const member: Codec<MemberId> = { put: (out, value) => out.text(value), read: (from) => from.member() };
export const ballot: Codec<Ballot> = { put: (out, value) => out.ballot(value), read: (from) => from.ballot() };

export const proposal: Codec<Proposal> = {
  put: (out, { opId, value }) => {
    out.text(opId);
    out.value(value);
  },
  read: (from) => ({ opId: from.opId(), value: from.value() }),
};

const accepted = struct<Accepted>({ ballot, proposal });
const maybeAccepted = maybe(accepted, 'whether something was accepted');

export const request = tagged<Request>('a request', {
  prepare: [1, { name, ballot }],
  accept: [2, { name, ballot, proposal }],
  query: [3, { name }],
  decide: [4, { name, decision: accepted }],
});

export const reply = tagged<Reply>('a reply', {
  promised: [1, { name, ballot, accepted: maybeAccepted }],
  accepted: [2, { name, ballot }],
  rejected: [3, { name, ballot, promised: ballot }],
  decided: [4, { name, decision: accepted }],
  held: [5, { name, accepted: maybeAccepted }],
});

const refusalOfOpening = tagged<Rejected | Decided>('a refusal of an opening', {
  rejected: [3, { name, ballot, promised: ballot }],
  decided: [4, { name, decision: accepted }],
});

export const opening = struct<Opening>({
  ballot: where(ballot, ({ round }) => round < FIRST_ROUND, 'an opening is not of round 0'),
  number: whole(1, 'the number of an opening'),
  writes: list(struct<Write>({ name, proposal }), 'writes'),
  chosen: list(whole(1, 'the number of an opening'), 'openings'),
});

export const opened = struct<Opened>({
  number: whole(1, 'the number of an opening'),
  refusals: list(refusalOfOpening, 'refusals'),
});

export const credentials = struct<Credentials>({
  cluster: token("the sender's cluster"),
  member,
  storeId: token("the sender's store id"),
  incarnation: whole(1, "the sender's incarnation"),
  session: token("the sender's session"),
  commits: whole(0, 'the count of commits'),
});

const isEnrolled = flag('whether a store is enrolled');

export const hello = struct<Hello>({
  credentials,
  members: list(member, 'members of a hello', MEMBERS_MAX),
  enrolled: isEnrolled,
  remembers: list(
    struct<KnownStore>({ member, storeId: token('the id of a store'), enrolled: isEnrolled }),
    'stores of a hello',
    MEMBERS_MAX,
  ),
});

export const refusal = oneOf<Refusal>(
  'the reason of a refusal',
  'not-a-member',
  'other-cluster',
  'other-members',
  'other-stores',
  'lost-disk',
  'old-copy',
  'second-process',
);
