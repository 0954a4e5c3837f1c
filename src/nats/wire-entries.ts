import { unreachable } from '../protocol/invariant.ts';
import type { Reply, Request } from '../protocol/messages.ts';
import type { Accepted } from '../protocol/register.ts';
import { malformed } from './wire-format.ts';
import type { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/*
 * The entries of requests and replies. Each begins with its code, so that nothing needs to say how many there are.
 */

/** Only ever add to these. */
const PREPARE = 1;
const ACCEPT = 2;
const QUERY = 3;
const DECIDE = 4;

const PROMISED = 1;
const ACCEPTED = 2;
const REJECTED = 3;
const DECIDED = 4;
const HELD = 5;

const NOTHING_ACCEPTED = 0;
const SOMETHING_ACCEPTED = 1;

export function putRequest(out: WireWriter, request: Request): void {
  const { type, name } = request;
  switch (type) {
    case 'prepare':
      putHead(out, PREPARE, name);
      out.ballot(request.ballot);
      return;
    case 'accept':
      putHead(out, ACCEPT, name);
      out.ballot(request.ballot);
      out.proposal(request.proposal);
      return;
    case 'query':
      putHead(out, QUERY, name);
      return;
    case 'decide':
      putHead(out, DECIDE, name);
      out.accepted(request.decision);
      return;
    default:
      unreachable(type);
  }
}

export function requestFrom(wire: WireReader): Request {
  switch (wire.number(0, 'the kind of a request')) {
    case PREPARE:
      return { type: 'prepare', name: wire.name(), ballot: wire.ballot() };
    case ACCEPT:
      return { type: 'accept', name: wire.name(), ballot: wire.ballot(), proposal: wire.proposal() };
    case QUERY:
      return { type: 'query', name: wire.name() };
    case DECIDE:
      return { type: 'decide', name: wire.name(), decision: wire.accepted() };
    default:
      throw malformed('it holds a request of no known kind');
  }
}

export function putReply(out: WireWriter, reply: Reply): void {
  const { type, name } = reply;
  switch (type) {
    case 'promised':
      putHead(out, PROMISED, name);
      out.ballot(reply.ballot);
      putMaybeAccepted(out, reply.accepted);
      return;
    case 'accepted':
      putHead(out, ACCEPTED, name);
      out.ballot(reply.ballot);
      return;
    case 'rejected':
      putHead(out, REJECTED, name);
      out.ballot(reply.ballot);
      out.ballot(reply.promised);
      return;
    case 'decided':
      putHead(out, DECIDED, name);
      out.accepted(reply.decision);
      return;
    case 'held':
      putHead(out, HELD, name);
      putMaybeAccepted(out, reply.accepted);
      return;
    default:
      unreachable(type);
  }
}

export function replyFrom(wire: WireReader): Reply {
  switch (wire.number(0, 'the kind of a reply')) {
    case PROMISED:
      return { type: 'promised', name: wire.name(), ballot: wire.ballot(), accepted: maybeAcceptedFrom(wire) };
    case ACCEPTED:
      return { type: 'accepted', name: wire.name(), ballot: wire.ballot() };
    case REJECTED:
      return { type: 'rejected', name: wire.name(), ballot: wire.ballot(), promised: wire.ballot() };
    case DECIDED:
      return { type: 'decided', name: wire.name(), decision: wire.accepted() };
    case HELD:
      return { type: 'held', name: wire.name(), accepted: maybeAcceptedFrom(wire) };
    default:
      throw malformed('it holds a reply of no known kind');
  }
}

function putHead(out: WireWriter, kind: number, name: string): void {
  out.number(kind);
  out.text(name);
}

function putMaybeAccepted(out: WireWriter, accepted: Accepted | null): void {
  out.number(accepted === null ? NOTHING_ACCEPTED : SOMETHING_ACCEPTED);
  if (accepted !== null) out.accepted(accepted);
}

function maybeAcceptedFrom(wire: WireReader): Accepted | null {
  switch (wire.number(0, 'whether something was accepted')) {
    case NOTHING_ACCEPTED:
      return null;
    case SOMETHING_ACCEPTED:
      return wire.accepted();
    default:
      throw malformed('it does not say whether something was accepted');
  }
}
