import { type Rules, SHIPPED } from './rules.ts';
import type { WorldSpec } from './world.ts';

/** One change to the rules that must lead to a broken promise, and a world that is large enough to show it. */
export interface Control {
  readonly title: string;
  readonly rules: Rules;
  readonly world: WorldSpec;
}

export function control(title: string, where: WorldSpec, changed: Partial<Rules>): Control {
  return { title, world: where, rules: { ...SHIPPED, ...changed } };
}
