import { expect, test } from 'vitest';
import { Handovers } from '../../src/node/handovers.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { Ending } from '../../src/node/task.ts';
import { Writes } from '../../src/node/writes.ts';
import { proposal } from '../support/sample.ts';
import { ManualClock, settled } from './manual-clock.ts';

/** The writes of n2, which hands them to n1: that one is up, slow, and does not answer in time. */
function world() {
  const settings = { ...DEFAULT_SETTINGS, operationTimeoutMs: DEFAULT_SETTINGS.handoverTimeoutMs / 2 };
  const clock = new ManualClock();
  const handed: string[] = [];
  const nowhere = { add: () => undefined, stop: () => undefined };
  const onBroken = (error: unknown) => {
    throw error;
  };
  const writes = new Writes({
    settings,
    self: 'n2',
    succession: ['n1', 'n2', 'n3'],
    clock,
    random: () => 0,
    onChosen: () => undefined,
    onFound: () => undefined,
    onBroken,
    ways: (made) => ({
      openings: nowhere,
      proposals: nowhere,
      handovers: new Handovers({
        limits: { batchRegistersMax: 1, batchBytesMax: 10_000, batchesInFlightMax: 1 },
        settings,
        clock,
        handOver: (_, { writes: batch }) => {
          handed.push(...batch.map(({ name }) => name));
          return () => undefined;
        },
        isUp: () => true,
        silentMs: () => 0,
        onFound: () => undefined,
        onLeft: (task) => made.goOnInRounds(task),
        onBroken,
      }),
    }),
  });
  const endings: [name: string, ending: Ending][] = [];
  const write = (name: string) => writes.write(name, proposal(name), (ending) => endings.push([name, ending]));
  return { write, clock, handed, endings, settings };
}

test('a write that was handed over and is not answered may have been started; one that waits its turn was not', async () => {
  const { write, clock, handed, endings, settings } = world();
  write('handed');
  write('waiting');
  await settled();
  expect(handed).toEqual(['handed']);
  await clock.pass(settings.operationTimeoutMs);
  expect(endings).toEqual([
    ['handed', { type: 'timeout', isProposed: true }],
    ['waiting', { type: 'timeout', isProposed: false }],
  ]);
  await clock.pass(10 * settings.handoverTimeoutMs);
  expect(handed).toEqual(['handed']);
});
