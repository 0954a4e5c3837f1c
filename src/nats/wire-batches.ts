import { FIRST_ROUND } from '../protocol/ballot.ts';
import type { Decided, Handover, Opened, Opening, Rejected, Settled, Write } from '../protocol/messages.ts';
import { putReply, replyFrom } from './wire-entries.ts';
import { ENTRIES_MAX, malformed } from './wire-format.ts';
import type { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/*
 * The messages of the short way. They speak of a batch as a whole, so each list says how long it is.
 */

export function putOpening(out: WireWriter, { ballot, number, writes, chosen, isVoted }: Opening): void {
  out.ballot(ballot);
  out.number(number);
  out.number(isVoted ? 1 : 0);
  putWrites(out, writes);
  putNumbers(out, chosen, 'openings');
}

export function openingFrom(wire: WireReader): Opening {
  const ballot = wire.ballot();
  if (ballot.round >= FIRST_ROUND) throw malformed(`an opening is of round ${ballot.round}`);
  const number = wire.number(1, 'the number of an opening');
  const isVoted = wire.number(0, 'whether its home voted');
  if (isVoted > 1) throw malformed(`whether the home of an opening voted is ${isVoted}, not 0 or 1`);
  return { ballot, number, isVoted: isVoted === 1, writes: writesFrom(wire), chosen: numbersFrom(wire, 1, 'openings') };
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

export function putHandover(out: WireWriter, { writes }: Handover): void {
  putWrites(out, writes);
}

export function handoverFrom(wire: WireReader): Handover {
  return { writes: writesFrom(wire) };
}

export function putSettled(out: WireWriter, { won, decided }: Settled): void {
  putNumbers(out, won, 'places');
  putCount(out, decided, 'decisions');
  for (const { place, decision } of decided) {
    out.number(place);
    out.accepted(decision);
  }
}

export function settledFrom(wire: WireReader): Settled {
  const won = numbersFrom(wire, 0, 'places');
  const placed = () => ({ place: wire.number(0, 'a place'), decision: wire.accepted() });
  return { won, decided: list(wire.count('decisions'), placed) };
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

function putNumbers(out: WireWriter, numbers: readonly number[], what: string): void {
  putCount(out, numbers, what);
  for (const number of numbers) out.number(number);
}

function numbersFrom(wire: WireReader, min: number, what: string): readonly number[] {
  return list(wire.count(what), () => wire.number(min, `one of the ${what}`));
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
