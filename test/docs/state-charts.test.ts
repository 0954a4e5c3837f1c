import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stateCharts } from '../../scripts/state-charts.ts';

test('the state charts in docs/ are those of the machines: run `npm run charts` after a change of a machine', () => {
  const page = readFileSync(new URL('../../docs/STATE-CHARTS.md', import.meta.url), 'utf8');
  expect(page).toBe(stateCharts());
});
