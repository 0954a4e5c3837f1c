import { expect, test } from 'vitest';
import { Proposals } from '../../src/node/proposals.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { Request } from '../../src/protocol/messages.ts';
import { Rounds } from '../../src/protocol/rounds.ts';
import { ballot } from '../support/sample.ts';
import { ManualClock, settled } from './manual-clock.ts';
import { end, task } from './tasks.ts';

/** The rounds of n2, one batch at a time, which nobody answers. */
function world() {
  const clock = new ManualClock();
  const asked: Request[] = [];
  const concluded: string[] = [];
  const proposals = new Proposals({
    settings: { ...DEFAULT_SETTINGS, batchesInFlightMax: 1, fullBatchesInFlightMax: 1 },
    members: 3,
    rounds: new Rounds('n2', 1),
    clock,
    emit: () => undefined,
    ask: (requests) => {
      asked.push(...requests);
      return () => undefined;
    },
    conclude: (_, outcomes) => concluded.push(...outcomes.map(({ name }) => name)),
    onBroken: (error) => {
      throw error;
    },
  });
  return { proposals, clock, asked, concluded };
}

test('what goes into a round may have been started from then on, at a ballot above all that was seen of it', async () => {
  const { proposals, asked } = world();
  const one = { ...task('a'), seen: ballot(7, 'n3') };
  expect(one.isProposed).toBe(false);
  proposals.add(one);
  await settled();
  expect([one.isProposed, one.rounds]).toEqual([true, 1]);
  expect(asked).toEqual([{ type: 'prepare', name: 'a', ballot: ballot(8, 'n2') }]);
});

test('what nobody waits for any more is not proposed; the next batch leaves once the last is over', async () => {
  const { proposals, clock, asked, concluded } = world();
  proposals.add(task('a'));
  await settled();
  const [gone, waiting] = [task('gone'), task('waiting')];
  proposals.add(gone);
  proposals.add(waiting);
  end(gone);
  await settled();
  expect(asked.map(({ name }) => name)).toEqual(['a']);
  await clock.pass(DEFAULT_SETTINGS.phaseTimeoutMs);
  expect(concluded).toEqual(['a']);
  expect(asked.map(({ name }) => name)).toEqual(['a', 'waiting']);
  expect([gone.isProposed, gone.rounds]).toEqual([false, 0]);
});
