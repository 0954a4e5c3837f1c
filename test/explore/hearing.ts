import type { Reply } from '../../src/protocol/messages.ts';

/** One reply, and which acceptor it is from. */
export interface Delivery {
  readonly from: number;
  readonly reply: Reply;
}

/** How one that listens counts replies. */
export interface Listening<S> {
  readonly start: S;
  readonly count: (state: S, from: string, reply: Reply) => S;
  /** Whether more replies can still change anything. */
  readonly listensOn: (state: S) => boolean;
  readonly keyOf: (state: S) => string;
}

export interface Heard<S> {
  readonly state: S;
  /** The deliveries that led to it, in their order; as few as will do. */
  readonly deliveries: readonly Delivery[];
}

/**
 * Everything that one that listens can have heard by now: any of the replies on the network, in any order, any number of
 * times. Nobody sees how far a count has come before it ends a phase, and replies stay on the network, so a count may as
 * well be made all at once, at its last reply, as bit by bit: the search loses no outcome, and needs no states between.
 */
export function everythingHeard<S>(
  listening: Listening<S>,
  replies: readonly (readonly Reply[])[],
  nameOf: (acceptor: number) => string,
): readonly Heard<S>[] {
  const { start, count, listensOn, keyOf } = listening;
  const heard: Heard<S>[] = [{ state: start, deliveries: [] }];
  const seen = new Set([keyOf(start)]);
  for (const { state, deliveries } of heard) {
    if (!listensOn(state)) continue;
    for (const [from, reply] of replies.flatMap((some, at) => some.map((one) => [at, one] as const))) {
      const next = count(state, nameOf(from), reply);
      const key = keyOf(next);
      if (seen.has(key)) continue;
      seen.add(key);
      heard.push({ state: next, deliveries: [...deliveries, { from, reply }] });
    }
  }
  return heard;
}
