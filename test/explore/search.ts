import type { Event } from './events.ts';
import { lateReplyCounted } from './late.ts';
import { Model } from './model.ts';
import { type Rules, SHIPPED } from './rules.ts';
import { StateTable } from './table.ts';
import type { WorldSpec } from './world.ts';

export interface Limits {
  readonly statesMax: number;
  readonly budgetMs: number;
  /** Milliseconds since some start. */
  readonly now: () => number;
}

/** A broken promise, and the shortest way there. */
export interface Violation {
  readonly what: string;
  /** The states on the way, the first one first. */
  readonly path: readonly Int32Array[];
  /** What happened at the end, where the code itself stopped and there is no state after it. */
  readonly last: Event | undefined;
}

export interface Report {
  readonly model: Model;
  readonly states: number;
  /** Things that could happen, over all states; those that change nothing too. */
  readonly transitions: number;
  /** The longest of the shortest ways to a state, in steps. */
  readonly depth: number;
  readonly tookMs: number;
  /** Whether every reachable state was looked at. */
  readonly complete: boolean;
  readonly violation: Violation | undefined;
}

const LOOK_AT_CLOCK_EVERY = 1_024;

/** Breadth first through every state that can be reached, until one breaks a promise or the limits are met. */
export function search(world: WorldSpec, limits: Limits, rules: Rules = SHIPPED): Report {
  const model = new Model(world, rules);
  const table = new StateTable(model.width);
  const startedMs = limits.now();
  let violation: Violation | undefined;
  let transitions = 0;
  let depth = 0;
  let levelEnd = 1;
  let index = 0;
  table.add(model.initial(), -1);
  const visitor = {
    next(state: Int32Array) {
      state.subarray(model.named, world.acceptors).sort();
      if (violation !== undefined || !table.add(state, index)) return;
      const what = model.judge.violationIn(state);
      if (what !== undefined) violation = { what, path: pathTo(table, table.size - 1), last: undefined };
    },
    broken(what: string, last: Event) {
      violation ??= { what, path: pathTo(table, index), last };
    },
  };
  let stopped = false;
  for (; index < table.size && violation === undefined && !stopped; index += 1) {
    if (index === levelEnd) {
      depth += 1;
      levelEnd = table.size;
    }
    transitions += model.expand(table.at(index), visitor);
    stopped =
      table.size > limits.statesMax ||
      (index % LOOK_AT_CLOCK_EVERY === 0 && limits.now() - startedMs > limits.budgetMs);
  }
  const complete = violation === undefined && index === table.size;
  const late = world.lateReplies || violation !== undefined ? undefined : lateReplyCounted(model, rules);
  if (late !== undefined) violation = { what: late, path: [], last: undefined };
  return { model, states: table.size, transitions, depth, tookMs: limits.now() - startedMs, complete, violation };
}

function pathTo(table: StateTable, end: number): readonly Int32Array[] {
  const path: Int32Array[] = [];
  for (let index = end; index !== -1; index = table.parentOf(index)) path.unshift(table.at(index).slice());
  return path;
}
