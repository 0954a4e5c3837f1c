import { describe, expect, it } from 'vitest';
import { catchControl } from './catch.ts';
import { CONTROLS } from './controls.ts';

const RUNS_MAX = 60;
/** So many runs take a while where the machine is small or busy. */
const CONTROL_TIMEOUT_MS = 180_000;

describe('a broken rule is caught', () => {
  it.each(CONTROLS.map((control) => [control.name, control] as const))(
    '%s',
    async (name, control) => {
      const { runs, properties } = await catchControl(control, 1, RUNS_MAX);
      console.log(`${name}: caught in run ${runs ?? 'none'} [${properties.join('; ')}]`);
      expect(runs).toBeDefined();
    },
    CONTROL_TIMEOUT_MS,
  );
});
