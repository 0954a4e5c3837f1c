import { type Call, formatCall, isSame, type Publication, type Violation, type WriteCall } from './history.ts';

/*
 * The contract, one property each, as its readers would check it by hand. Linearizability implies most of them; that they
 * are written apart from it guards the one against a mistake in the other, and names what was broken.
 */

type Check = (register: string, calls: readonly Call[], publications: readonly Publication[]) => Violation[];

const isWrite = (call: Call): call is WriteCall => call.kind === 'write';
const isBefore = (a: Call, b: Call) => a.returnedAt !== undefined && a.returnedAt < b.invokedAt;

function flag(property: string, register: string, ...calls: readonly Call[]): Violation {
  return { property, register, detail: calls.map(formatCall).join('; ') };
}

/** If a write succeeds, every later write of that register fails (unless it is the same operation again). */
const checkLaterWritesFail: Check = (register, calls) => {
  const won = calls.filter((call) => isWrite(call) && call.outcome === 'won') as WriteCall[];
  for (const one of won) {
    const other = won.find((later) => isBefore(one, later) && !isSame(one.proposal, later.proposal));
    if (other !== undefined) return [flag('once a write won, every later one fails', register, one, other)];
  }
  return [];
};

/** Once a value is written, every later read returns it or fails. */
const checkLaterReadsReturnIt: Check = (register, calls) => {
  for (const write of calls) {
    if (!isWrite(write) || write.outcome !== 'won') continue;
    const wrong = calls.find(
      (read) =>
        read.kind === 'read' &&
        isBefore(write, read) &&
        (read.outcome === 'empty' || (read.seen !== undefined && !isSame(read.seen, write.proposal))),
    );
    if (wrong !== undefined)
      return [flag('once written, every later read returns it or fails', register, write, wrong)];
  }
  return [];
};

/** Every read returns empty until a value is written: what it returns, some write had been asked for. */
const checkEmptyUntilWritten: Check = (register, calls) => {
  for (const read of calls) {
    const { seen, returnedAt } = read;
    if (read.kind !== 'read' || seen === undefined || returnedAt === undefined) continue;
    const asked = calls.some((call) => isWrite(call) && call.invokedAt < returnedAt && isSame(call.proposal, seen));
    if (!asked) return [flag('reads return empty until a value is written', register, read)];
  }
  return [];
};

/** Only what some client proposed is ever seen or published. */
const checkValidity: Check = (register, calls, publications) => {
  const proposed = calls.filter(isWrite).map(({ proposal }) => proposal);
  const stray = calls.find(({ seen }) => seen !== undefined && !proposed.some((proposal) => isSame(proposal, seen)));
  if (stray !== undefined) return [flag('only proposed values', register, stray)];
  const made = publications.find(({ decision }) => !proposed.some((proposal) => isSame(proposal, decision)));
  if (made === undefined) return [];
  return [{ property: 'only proposed values', register, detail: `${made.member} published what nobody proposed` }];
};

/** No two operations win one register, whenever they did. */
const checkOneWinner: Check = (register, calls) => {
  const [first, ...rest] = calls.filter((call) => isWrite(call) && call.outcome === 'won') as WriteCall[];
  const other = rest.find(({ proposal }) => first !== undefined && !isSame(first.proposal, proposal));
  return first !== undefined && other !== undefined ? [flag('one winner', register, first, other)] : [];
};

/** An operation that is sent again is told the same again, and its answer carries what it means. */
const checkRetriesConsistent: Check = (register, calls) => {
  const writes = calls.filter(isWrite);
  for (const one of writes) {
    const isOwn = one.seen !== undefined && isSame(one.seen, one.proposal);
    if ((one.outcome === 'won' && !isOwn) || (one.outcome === 'lost' && (isOwn || one.seen === undefined))) {
      return [flag('won carries the own value, lost another', register, one)];
    }
    if (one.outcome !== 'won') continue;
    const other = writes.find((again) => again.outcome === 'lost' && isSame(again.proposal, one.proposal));
    if (other !== undefined) return [flag('a retry is told the same', register, one, other)];
  }
  return [];
};

/** All that was published of a register agrees, among itself and with what clients saw. */
const checkPublications: Check = (register, calls, publications) => {
  const [first] = publications;
  if (first === undefined) return [];
  const property = 'published decisions agree';
  const other = publications.find(({ decision }) => !isSame(decision, first.decision));
  if (other !== undefined) {
    const detail = `${first.member}: ${first.decision.opId}; ${other.member}: ${other.decision.opId}`;
    return [{ property, register, detail }];
  }
  const seer = calls.find(({ seen }) => seen !== undefined && !isSame(seen, first.decision));
  if (seer === undefined) return [];
  return [{ property, register, detail: `${first.member}: ${first.decision.opId}; ${formatCall(seer)}` }];
};

export const GUARANTEES: readonly Check[] = [
  checkLaterWritesFail,
  checkLaterReadsReturnIt,
  checkEmptyUntilWritten,
  checkValidity,
  checkOneWinner,
  checkRetriesConsistent,
  checkPublications,
];
