import type { Control } from './control.ts';
import { drawOptions } from './options.ts';
import { simulate } from './simulate.ts';
import type { Mistake } from './world.ts';

export interface Catch {
  readonly control: string;
  /** How many runs it took; undefined when it survived all of them. */
  readonly runs: number | undefined;
  /** The properties that the last run violated. */
  readonly properties: readonly string[];
}

/**
 * Runs the members under a control over seed after seed, until a run is caught or `runsMax` have been. A run that fails
 * without the control as well is not caught by it.
 */
export async function catchControl(control: Control, firstSeed: number, runsMax: number): Promise<Catch> {
  for (let runs = 1; runs <= runsMax; runs += 1) {
    const drawn = drawOptions(firstSeed + runs - 1);
    const options = { ...drawn, ...control.world, faults: { ...drawn.faults, ...control.faults } };
    const { violations } = await simulate(options, control);
    if (violations.length === 0) continue;
    const honest = await simulate(options, control.rules === undefined ? {} : tamperingOf(control));
    if (honest.violations.length > 0) continue;
    return { control: control.name, runs, properties: [...new Set(violations.map(({ property }) => property))] };
  }
  return { control: control.name, runs: undefined, properties: [] };
}

function tamperingOf({ tampering }: Control): Mistake {
  return tampering === undefined ? {} : { tampering };
}
