import { formatBallot, NO_BALLOT, sameBallot } from '../../src/protocol/ballot.ts';
import type { RegisterState } from '../../src/protocol/register.ts';
import type { Event } from './events.ts';
import type { Model } from './model.ts';
import type { Violation } from './search.ts';
import { acceptedInWords, becameInWords, replyInWords, requestInWords } from './words.ts';
import { acceptorName } from './world.ts';

/** One step of the way: who does what. */
export interface Line {
  readonly who: string;
  readonly does: string;
}

interface Step {
  readonly event: Event;
  /** The state after it, before its acceptors were put in order again. */
  readonly after: Int32Array;
}

/** The way to a violation, step by step. Acceptors get their names, a1 and on, in the order in which they come in. */
export function traceOf(model: Model, { path, last }: Violation): readonly Line[] {
  const lines: Line[] = [];
  const names = new Names(model);
  path.forEach((state, index) => {
    const target = path[index + 1];
    const step = target === undefined ? undefined : stepBetween(model, state, target);
    if (step !== undefined) {
      lines.push(tell(model, state, step, names));
      names.follow(step.after);
    } else if (last !== undefined) lines.push(tell(model, state, { event: last, after: state }, names));
  });
  return lines;
}

/** Acceptors but those of homes change places in the state as they change; their names go with them. */
class Names {
  readonly #named: number;
  #boxes: { name?: string }[];
  #given: number;

  constructor({ world, named }: Model) {
    this.#named = named;
    this.#given = named;
    this.#boxes = Array.from({ length: world.acceptors }, (_, at) =>
      at < named ? { name: acceptorName(world, at) } : {},
    );
  }

  at(place: number): string {
    const box = this.#boxes[place] ?? {};
    if (box.name === undefined) {
      this.#given += 1;
      box.name = `a${this.#given}`;
    }
    return box.name;
  }

  follow(after: Int32Array): void {
    const others = this.#boxes.slice(this.#named).map((box, at) => ({ box, number: after[this.#named + at] ?? 0 }));
    others.sort((a, b) => a.number - b.number);
    this.#boxes = [...this.#boxes.slice(0, this.#named), ...others.map(({ box }) => box)];
  }
}

function stepBetween(model: Model, state: Int32Array, target: Int32Array): Step {
  let found: Step | undefined;
  model.expand(state, {
    next(next, event) {
      const sorted = next.slice();
      sorted.subarray(model.named, model.world.acceptors).sort();
      if (found === undefined && sorted.every((part, at) => part === target[at]))
        found = { event, after: next.slice() };
    },
    broken() {},
  });
  if (found === undefined) throw new Error('no event leads from one state of the path to the next');
  return found;
}

function tell(model: Model, state: Int32Array, { event, after }: Step, names: Names): Line {
  if ('actor' in event) return tellActor(model, state, event, after, names);
  const who = names.at(event.acceptor);
  const record = model.acceptors.records.get(state[event.acceptor] ?? -1);
  const next = model.acceptors.records.get(after[event.acceptor] ?? -1);
  switch (event.type) {
    case 'save':
      return { who, does: 'saves' };
    case 'lose disk':
      return { who, does: 'loses its disk, and comes back with an empty one' };
    case 'restart acceptor':
      return {
        who,
        does: `crashes${record.live === record.saved ? '' : ' before it saved'}, ${restartInWords(next.live)}`,
      };
    case 'deliver': {
      const { from, request } = model.acceptors.sent.get(event.sent);
      return {
        who,
        does: `is given ${requestInWords(request)} by ${from}: ${answerInWords(model, record.live, request)}`,
      };
    }
  }
}

function restartInWords({ promised, accepted }: RegisterState): string {
  return `restarts, and has promised ${sameBallot(promised, NO_BALLOT) ? 'nothing' : formatBallot(promised)} and accepted ${acceptedInWords(accepted)}`;
}

function answerInWords(model: Model, ...[state, request]: Parameters<Model['rules']['onRequest']>): string {
  try {
    const { reply } = model.rules.onRequest(state, request);
    return reply === null ? 'notes it' : replyInWords(reply);
  } catch {
    return 'stops';
  }
}

function tellActor(
  model: Model,
  state: Int32Array,
  event: Extract<Event, { actor: number }>,
  next: Int32Array,
  names: Names,
): Line {
  const place = model.world.acceptors + event.actor;
  const before = model.actors.records.get(state[place] ?? -1);
  const after = model.actors.records.get(next[place] ?? -1);
  const who = before.spec.name;
  switch (event.type) {
    case 'ask':
      return { who, does: 'asks what is held' };
    case 'restart actor':
      return { who, does: `crashes and restarts, in incarnation ${after.incarnation}` };
    case 'begin':
    case 'open':
      return { who, does: becameInWords(before, after) };
    case 'hear': {
      const step = model.hearings.explain(state[place] ?? -1, state, next[place] ?? -1);
      if (step === undefined) return { who, does: 'stops at what it is told' };
      const heard = step.deliveries.map(({ from, reply }) => `${names.at(from)} ${replyInWords(reply)}`);
      return { who, does: `hears: ${heard.join('; ')}. So it ${becameInWords(before, after)}` };
    }
  }
}
