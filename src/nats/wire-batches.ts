import { FIRST_ROUND } from '../protocol/ballot.ts';
import type { Decided, Opened, Opening, Rejected, Write } from '../protocol/messages.ts';
import { putReply, replyFrom } from './wire-entries.ts';
import { ENTRIES_MAX, malformed } from './wire-format.ts';
import type { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/*
 * The messages of the short way. They speak of a batch as a whole, so each list says how long it is.
 */

export function putOpening(out: WireWriter, { ballot, number, writes, chosen }: Opening): void {
  out.ballot(ballot);
  out.number(number);
  putWrites(out, writes);
  putNumbers(out, chosen);
}

export function openingFrom(wire: WireReader): Opening {
  const ballot = wire.ballot();
  if (ballot.round >= FIRST_ROUND) throw malformed(`an opening is of round ${ballot.round}`);
  const number = wire.number(1, 'the number of an opening');
  return { ballot, number, writes: writesFrom(wire), chosen: numbersFrom(wire) };
}

export function putOpened(out: WireWriter, { number, refusals }: Opened): void {
  out.number(number);
  putCount(out, refusals, 'refusals');
  for (const refusal of refusals) putReply(out, refusal);
}

export function openedFrom(wire: WireReader): Opened {
  const number = wire.number(1, 'the number of an opening');
  return { number, refusals: list(wire.count('refusals'), () => refusalFrom(wire)) };
}

function refusalFrom(wire: WireReader): Rejected | Decided {
  const reply = replyFrom(wire);
  if (reply.type === 'rejected' || reply.type === 'decided') return reply;
  throw malformed(`an opening is refused with "${reply.type}"`);
}

function putWrites(out: WireWriter, writes: readonly Write[]): void {
  putCount(out, writes, 'writes');
  for (const { name, proposal } of writes) {
    out.text(name);
    out.proposal(proposal);
  }
}

function writesFrom(wire: WireReader): readonly Write[] {
  return list(wire.count('writes'), () => ({ name: wire.name(), proposal: wire.proposal() }));
}

function putNumbers(out: WireWriter, numbers: readonly number[]): void {
  putCount(out, numbers, 'openings');
  for (const number of numbers) out.number(number);
}

function numbersFrom(wire: WireReader): readonly number[] {
  return list(wire.count('openings'), () => wire.number(1, 'one of the openings'));
}

/** @throws BadInputError for more than another member would read: a batch cannot be cut. */
function putCount(out: WireWriter, entries: readonly unknown[], what: string): void {
  if (entries.length > ENTRIES_MAX)
    throw malformed(`there are ${entries.length} ${what}, and ${ENTRIES_MAX} is the most`);
  out.number(entries.length);
}

function list<T>(count: number, next: () => T): readonly T[] {
  const entries: T[] = [];
  for (let index = 0; index < count; index += 1) entries.push(next());
  return entries;
}
