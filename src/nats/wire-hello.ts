import type { Presence, Stage } from '../ports.ts';
import type { Hello, KnownStore, Refusal } from '../protocol/membership.ts';
import { malformed, SEPARATOR } from './wire-format.ts';
import type { WireReader } from './wire-reader.ts';
import { processOf, textOf, tokenOf } from './wire-sender.ts';
import type { WireWriter } from './wire-writer.ts';

/** The most members that a cluster has. */
const MEMBERS_MAX = 9;
/** Cluster, member, store id, session, incarnation. */
const PROCESS_LINES = 5;
const REFUSALS: Record<Refusal, true> = {
  'not-a-member': true,
  'other-cluster': true,
  'other-members': true,
  'other-stores': true,
  'lost-disk': true,
  'old-copy': true,
  'second-process': true,
};

/** How a stage is written. */
const STAGES: readonly Stage[] = ['joining', 'serving', 'left'];

export function putHello(out: WireWriter, { credentials, members, enrolled, remembers }: Hello): void {
  out.text(textOf(credentials));
  out.number(credentials.commits);
  out.number(enrolled ? 1 : 0);
  out.number(members.length);
  for (const member of members) out.text(member);
  out.number(remembers.length);
  for (const { member, storeId, enrolled: isEnrolled } of remembers) {
    out.text(member);
    out.text(storeId);
    out.number(isEnrolled ? 1 : 0);
  }
}

export function helloFrom(wire: WireReader): Hello {
  const lines = Array.from({ length: PROCESS_LINES }, () => wire.text('a line of a hello')).join(SEPARATOR);
  const credentials = { ...processOf(lines), commits: wire.number(0, 'the count of commits') };
  const enrolled = isEnrolledFrom(wire);
  const members = Array.from({ length: countFrom(wire, 'members') }, () => wire.member());
  const remembers = Array.from({ length: countFrom(wire, 'stores') }, () => storeFrom(wire));
  return { credentials, members, enrolled, remembers };
}

export function putPresence(out: WireWriter, { hello, stage }: Presence): void {
  putHello(out, hello);
  out.number(STAGES.indexOf(stage));
}

export function presenceFrom(wire: WireReader): Pick<Presence, 'hello' | 'stage'> {
  const hello = helloFrom(wire);
  const stage = STAGES[wire.number(0, 'the stage of a member')];
  if (stage === undefined) throw malformed('it tells a stage that no member has');
  return { hello, stage };
}

function countFrom(wire: WireReader, what: string): number {
  const count = wire.number(0, `the count of ${what}`);
  if (count > MEMBERS_MAX) throw malformed(`a hello names ${count} ${what}, and ${MEMBERS_MAX} is the most`);
  return count;
}

function storeFrom(wire: WireReader): KnownStore {
  const member = wire.member();
  const storeId = tokenOf(wire.text('the id of a store'), 'the id of a store');
  return { member, storeId, enrolled: isEnrolledFrom(wire) };
}

function isEnrolledFrom(wire: WireReader): boolean {
  const enrolled = wire.number(0, 'whether a store is enrolled');
  if (enrolled > 1) throw malformed('a hello does not say whether a store is enrolled');
  return enrolled === 1;
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
