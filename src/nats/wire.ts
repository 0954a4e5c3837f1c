import { unreachable } from '../protocol/invariant.ts';
import type { Credentials, Hello, Refusal } from '../protocol/membership.ts';
import type { Reply, Request } from '../protocol/messages.ts';
import type { Accepted } from '../protocol/register.ts';
import {
  ballotFromWire,
  ballotToWire,
  list,
  malformed,
  memberId,
  proposalFromWire,
  proposalToWire,
  registerName,
  token,
  tuple,
  whole,
} from './wire-fields.ts';

/*
 * The parts of a message between members, to and from the JSON arrays that stand for them. `…FromWire` checks all of it
 * and throws a BadInputError for anything that `…ToWire` does not make.
 */

/** The most members that a cluster has. */
const MEMBERS_MAX = 9;
const REFUSALS: Record<Refusal, true> = {
  'not-a-member': true,
  'other-cluster': true,
  'other-members': true,
  'lost-disk': true,
  'old-copy': true,
  'second-process': true,
};

export function requestToWire(request: Request): unknown {
  const { type, name } = request;
  switch (type) {
    case 'prepare':
      return [type, name, ballotToWire(request.ballot)];
    case 'accept':
      return [type, name, ballotToWire(request.ballot), ...proposalToWire(request.proposal)];
    case 'query':
      return [type, name];
    case 'decide':
      return [type, name, acceptedToWire(request.decision)];
    default:
      return unreachable(type);
  }
}

export function requestFromWire(value: unknown): Request {
  const type = tagOf(value);
  switch (type) {
    case 'prepare': {
      const [, name, ballot] = tuple(value, 3, 'a prepare');
      return { type, name: registerName(name), ballot: ballotFromWire(ballot) };
    }
    case 'accept': {
      const [, name, ballot, opId, base64] = tuple(value, 5, 'an accept');
      return {
        type,
        name: registerName(name),
        ballot: ballotFromWire(ballot),
        proposal: proposalFromWire(opId, base64),
      };
    }
    case 'query': {
      const [, name] = tuple(value, 2, 'a query');
      return { type, name: registerName(name) };
    }
    case 'decide': {
      const [, name, decision] = tuple(value, 3, 'a decide');
      return { type, name: registerName(name), decision: acceptedFromWire(decision) };
    }
    default:
      throw malformed('it holds a request of no known kind');
  }
}

export function replyToWire(reply: Reply): unknown {
  const { type, name } = reply;
  switch (type) {
    case 'promised':
      return [type, name, ballotToWire(reply.ballot), nullOr(acceptedToWire, reply.accepted)];
    case 'accepted':
      return [type, name, ballotToWire(reply.ballot)];
    case 'rejected':
      return [type, name, ballotToWire(reply.ballot), ballotToWire(reply.promised)];
    case 'decided':
      return [type, name, acceptedToWire(reply.decision)];
    case 'held':
      return [type, name, nullOr(acceptedToWire, reply.accepted)];
    default:
      return unreachable(type);
  }
}

export function replyFromWire(value: unknown): Reply {
  const type = tagOf(value);
  switch (type) {
    case 'promised': {
      const [, name, ballot, accepted] = tuple(value, 4, 'a promise');
      return {
        type,
        name: registerName(name),
        ballot: ballotFromWire(ballot),
        accepted: nullOr(acceptedFromWire, accepted),
      };
    }
    case 'accepted': {
      const [, name, ballot] = tuple(value, 3, 'an acceptance');
      return { type, name: registerName(name), ballot: ballotFromWire(ballot) };
    }
    case 'rejected': {
      const [, name, ballot, promised] = tuple(value, 4, 'a rejection');
      return { type, name: registerName(name), ballot: ballotFromWire(ballot), promised: ballotFromWire(promised) };
    }
    case 'decided': {
      const [, name, decision] = tuple(value, 3, 'a decision');
      return { type, name: registerName(name), decision: acceptedFromWire(decision) };
    }
    case 'held': {
      const [, name, accepted] = tuple(value, 3, 'an answer to a query');
      return { type, name: registerName(name), accepted: nullOr(acceptedFromWire, accepted) };
    }
    default:
      throw malformed('it holds a reply of no known kind');
  }
}

export function credentialsToWire(credentials: Credentials): unknown {
  const { cluster, member, storeId, incarnation, session, commits } = credentials;
  return [cluster, member, storeId, incarnation, session, commits];
}

export function credentialsFromWire(value: unknown): Credentials {
  const [cluster, member, storeId, incarnation, session, commits] = tuple(value, 6, 'its sender');
  return {
    cluster: token(cluster, 'the cluster'),
    member: memberId(member),
    storeId: token(storeId, 'the store id'),
    incarnation: whole(incarnation, 1, 'the incarnation'),
    session: token(session, 'the session'),
    commits: whole(commits, 0, 'the count of commits'),
  };
}

export function helloToWire({ credentials, members, enrolled }: Hello): unknown {
  return [credentialsToWire(credentials), members, enrolled];
}

export function helloFromWire(value: unknown): Hello {
  const [credentials, members, enrolled] = tuple(value, 3, 'a hello');
  if (typeof enrolled !== 'boolean') throw malformed('a hello does not say whether its store is enrolled');
  return {
    credentials: credentialsFromWire(credentials),
    members: list(members, MEMBERS_MAX, 'members').map(memberId),
    enrolled,
  };
}

export function refusalFromWire(value: unknown): Refusal {
  if (typeof value === 'string' && isRefusal(value)) return value;
  throw malformed('it holds a refusal of no known kind');
}

function isRefusal(value: string): value is Refusal {
  return Object.hasOwn(REFUSALS, value);
}

function acceptedToWire({ ballot, proposal }: Accepted): unknown {
  return [ballotToWire(ballot), ...proposalToWire(proposal)];
}

function acceptedFromWire(value: unknown): Accepted {
  const [ballot, opId, base64] = tuple(value, 3, 'a proposal');
  return { ballot: ballotFromWire(ballot), proposal: proposalFromWire(opId, base64) };
}

function tagOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}

function nullOr<From, To>(convert: (value: From) => To, value: From | null): To | null {
  return value === null ? null : convert(value);
}
