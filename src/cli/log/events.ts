import type { Logger } from 'pino';
import type { Listener, MemberEvent, MemberState } from '../../events.ts';
import type { MemberId } from '../../protocol/ballot.ts';
import type { Refusal } from '../../protocol/membership.ts';

/** What repeats with every message is logged once in this time, with a count. */
const REPEAT_MS = 10_000;

/** So many sentences of trouble are counted each for itself. */
const KINDS_MAX = 50;

const STATES: Readonly<Record<MemberState, string>> = {
  joining: 'joining: looking for the other members',
  serving: 'serving',
  draining: 'draining: finishing what is under way; new requests are refused',
  stopped: 'stopped',
  failed: 'failed: it answers nothing any more',
};

const REFUSALS: Readonly<Record<Refusal, string>> = {
  'not-a-member': 'it is not in the membership',
  'other-cluster': 'it belongs to another cluster',
  'other-members': 'its store names other members: all stores must be made with the same --members',
  'other-stores': 'it belongs to another cluster of the same name and members: it knows them by other stores',
  'lost-disk': 'its store is not the one that is known here: its disk was lost, and its votes must not count',
  'old-copy': 'its store is older than it was: a backup was restored, and its votes must not count',
  'second-process': 'another process ran under its name from the same start of its store: a copy, or an old copy',
};

/**
 * A listener that logs a member's events: what an operator wants to know at `info` and above, each batch at `debug`,
 * nothing once an operation.
 */
export function logEvents(log: Logger, now: () => number = Date.now): Listener {
  const isDue = limiter(now);
  const troubles = new Kinds();
  return (event) => {
    switch (event.type) {
      case 'state':
        logState(log, event.state, event.reason);
        break;
      case 'peer-up':
        logPeerUp(log, event.member, event.incarnation);
        break;
      case 'peer-down':
        logPeerDown(log, event.member, event.silentMs);
        break;
      case 'peer-refused': {
        const messages = isDue(`${event.member} ${event.refusal}`, 1);
        if (messages !== undefined) logPeerRefused(log, event.member, event.refusal, messages);
        break;
      }
      case 'overloaded':
        logOverload(log, isDue('overloaded', event.requests));
        break;
      case 'trouble': {
        const messages = isDue(troubles.keyOf(event.what), 1);
        if (messages !== undefined) log.warn({ messages }, event.what);
        break;
      }
      case 'clash':
        logClash(log, event.clash);
        break;
      case 'charge':
        logCharge(log, event.takesWrites);
        break;
      default:
        if (log.isLevelEnabled('debug')) log.debug(describe(event));
    }
  };
}

/** The reason of a failure is the last thing that the process says, in full: here it is a field only. */
function logState(log: Logger, state: MemberState, reason: string | undefined): void {
  if (state === 'failed') log.error({ state, reason }, STATES.failed);
  else log.info({ state, reason }, reason === undefined ? STATES[state] : `${STATES[state]}: ${reason}`);
}

function logPeerUp(log: Logger, peer: MemberId, incarnation: number): void {
  log.info({ peer, incarnation }, `hears ${peer}, in its incarnation ${incarnation}`);
}

function logPeerDown(log: Logger, peer: MemberId, silentMs: number): void {
  const silence = `${(silentMs / 1_000).toFixed(1)} s`;
  log.warn({ peer, silentMs }, `has not heard ${peer} for ${silence}: it is down, or one of us has lost NATS`);
}

function logClash(log: Logger, clash: string | null): void {
  if (clash === null) log.info('no other cluster serves on the prefix any more: takes requests again');
  else log.error(`refuses all requests: ${clash}`);
}

function logCharge(log: Logger, takesWrites: boolean): void {
  log.info({ takesWrites }, takesWrites ? 'takes the writes' : 'leaves the writes to others');
}

/** @param requests undefined while it was said a short while ago. */
function logOverload(log: Logger, requests: number | undefined): void {
  if (requests !== undefined) log.warn({ requests }, `overloaded: left ${requests} requests of members unanswered`);
}

function logPeerRefused(log: Logger, peer: MemberId, refusal: Refusal, messages: number): void {
  log.warn({ peer, refusal, messages }, `does not listen to ${peer}: ${REFUSALS[refusal]}`);
}

type BatchEvent = Extract<MemberEvent, { type: 'asked' | 'opening' | 'answered' | 'committed' | 'decided' }>;

function describe(event: BatchEvent): string {
  switch (event.type) {
    case 'asked':
      return `asked the members: ${summary(event.requests)}`;
    case 'opening':
      return `opened ${event.opening.writes.length} registers`;
    case 'answered':
      return `answered ${event.to}: ${summary(event.replies)}`;
    case 'committed':
      return `committed ${event.registers} registers in ${event.tookMs.toFixed(1)} ms`;
    case 'decided':
      return `${event.name} is decided`;
  }
}

/** `2 prepare, 5 accept`. */
function summary(entries: readonly { readonly type: string }[]): string {
  const counts = new Map<string, number>();
  for (const { type } of entries) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => `${count} ${type}`).join(', ');
}

/** Adds counts up under a key; gives the sum when the key is due again, and undefined in between. */
function limiter(now: () => number): (key: string, count: number) => number | undefined {
  const last = new Map<string, { at: number; since: number }>();
  return (key, count) => {
    const entry = last.get(key);
    const sum = count + (entry?.since ?? 0);
    const due = entry === undefined || now() - entry.at >= REPEAT_MS;
    last.set(key, due ? { at: now(), since: 0 } : { at: entry.at, since: sum });
    return due ? sum : undefined;
  };
}

/** Tells kinds of trouble apart by their words; the first few for themselves, the rest together, so that they stay bounded. */
class Kinds {
  readonly #known = new Set<string>();

  keyOf(what: string): string {
    if (!this.#known.has(what) && this.#known.size < KINDS_MAX) this.#known.add(what);
    return this.#known.has(what) ? `trouble: ${what}` : 'other trouble';
  }
}
