import { type Call, formatCall, formatSeen, isSame, type Violation, type WriteCall } from './history.ts';

const PROPERTY = 'linearizability';

/**
 * Whether the calls on one register can be put in one order that respects real time and a write-once register's rules.
 * Linearizability is local (Herlihy and Wing 1990, theorem 1), so each register may be looked at alone.
 *
 * A write-once register is empty up to one instant T, and holds one proposal P ever after. So there is such an order if
 * and only if there is one T at which a call for P takes effect, with every call that saw nothing before T and every call
 * that saw P after it. Each call takes effect at some instant between its invocation and its return, hence:
 * - every call that saw a value saw the same P: the register only ever holds one;
 * - a read that saw nothing needs an instant before T: it was invoked before T;
 * - a call that saw P (a read of it, a write that lost to it, a write of it that won) needs one at T or after: it returned
 *   after T;
 * - some call that writes P takes effect at T: it was invoked before T, and returned after T, or was never heard of
 *   (`unknown`, or no answer: it may take effect at any time after its invocation). One that won returned after T by the
 *   rule above, so only its invocation bounds T. The one invoked first leaves T the most room.
 * Then T exists exactly where the latest of these lower bounds lies below the earliest of the upper ones. Calls that saw
 * neither (refused, unknown, unavailable) bound nothing, and may be left out of the order or put behind T.
 * Where no call saw a value, T is never, and nothing is left to check.
 */
export function checkLinearizable(register: string, calls: readonly Call[]): Violation[] {
  const flag = (detail: string): Violation => ({ property: PROPERTY, register, detail });
  const seeing = calls.filter((call) => call.seen !== undefined);
  const [first] = seeing;
  if (first?.seen === undefined) return [];
  const held = first.seen;
  const other = seeing.find(({ seen }) => seen !== undefined && !isSame(seen, held));
  if (other !== undefined) return [flag(`two values were seen: ${formatCall(first)}; ${formatCall(other)}`)];

  const writers = calls.filter((call): call is WriteCall => mayHaveWritten(call) && isSame(call.proposal, held));
  const writer = earliest(writers, ({ invokedAt }) => invokedAt);
  if (writer === undefined)
    return [flag(`${formatSeen(held)} was seen, yet no call that may have taken effect wrote it`)];
  const lastEmpty = earliest(
    calls.filter(({ outcome }) => outcome === 'empty'),
    ({ invokedAt }) => -invokedAt,
  );
  const firstSeeing = earliest(seeing, ({ returnedAt }) => returnedAt ?? Number.POSITIVE_INFINITY) ?? first;
  const upper = firstSeeing.returnedAt ?? Number.POSITIVE_INFINITY;
  const violations: Violation[] = [];
  if (writer.invokedAt > upper) {
    violations.push(flag(`seen before it was written: ${formatCall(firstSeeing)}; first write ${formatCall(writer)}`));
  }
  if (lastEmpty !== undefined && lastEmpty.invokedAt > upper) {
    violations.push(flag(`empty after it was seen: ${formatCall(firstSeeing)}; then ${formatCall(lastEmpty)}`));
  }
  return violations;
}

/** A call that was refused, or that lost, has not written and never will. */
function mayHaveWritten(call: Call): call is WriteCall {
  return call.kind === 'write' && call.outcome !== 'refused' && call.outcome !== 'lost';
}

function earliest<Item>(items: readonly Item[], at: (item: Item) => number): Item | undefined {
  let found: Item | undefined;
  for (const item of items) if (found === undefined || at(item) < at(found)) found = item;
  return found;
}
