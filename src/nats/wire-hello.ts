import type { Hello, Refusal } from '../protocol/membership.ts';
import { malformed, SEPARATOR } from './wire-format.ts';
import type { WireReader } from './wire-reader.ts';
import { processOf, textOf } from './wire-sender.ts';
import type { WireWriter } from './wire-writer.ts';

/** The most members that a cluster has. */
const MEMBERS_MAX = 9;
/** Cluster, member, store id, session, incarnation. */
const PROCESS_LINES = 5;
const REFUSALS: Record<Refusal, true> = {
  'not-a-member': true,
  'other-cluster': true,
  'other-members': true,
  'lost-disk': true,
  'old-copy': true,
  'second-process': true,
};

export function putHello(out: WireWriter, { credentials, members, enrolled }: Hello): void {
  out.text(textOf(credentials));
  out.number(credentials.commits);
  out.number(enrolled ? 1 : 0);
  out.number(members.length);
  for (const member of members) out.text(member);
}

export function helloFrom(wire: WireReader): Hello {
  const lines = Array.from({ length: PROCESS_LINES }, () => wire.text('a line of a hello')).join(SEPARATOR);
  const credentials = { ...processOf(lines), commits: wire.number(0, 'the count of commits') };
  const enrolled = wire.number(0, 'whether the store is enrolled');
  if (enrolled > 1) throw malformed('a hello does not say whether its store is enrolled');
  const count = wire.number(0, 'the count of members');
  if (count > MEMBERS_MAX) throw malformed(`a hello names ${count} members, and ${MEMBERS_MAX} is the most`);
  return { credentials, members: Array.from({ length: count }, () => wire.member()), enrolled: enrolled === 1 };
}

export function putRefusal(out: WireWriter, refusal: Refusal): void {
  out.text(refusal);
}

export function refusalFrom(wire: WireReader): Refusal {
  const text = wire.text('the reason of a refusal');
  if (isRefusal(text)) return text;
  throw malformed('it holds a refusal of no known kind');
}

function isRefusal(text: string): text is Refusal {
  return Object.hasOwn(REFUSALS, text);
}
