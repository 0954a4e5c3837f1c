import { expect, test } from 'vitest';
import { batchLimits, isTellable } from '../../src/node/limits.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import { newTask, ownProposal, type Waiter } from '../../src/node/task.ts';
import { proposal } from '../support/sample.ts';

test('a batch has no more bytes than is set, nor than one message carries now, with room for what is around it', () => {
  const transport = { payloadBytesMax: 1_048_576 };
  const limits = batchLimits({ ...DEFAULT_SETTINGS, batchBytesMax: 100_000 }, transport);
  expect(limits.batchBytesMax).toBe(100_000);
  transport.payloadBytesMax = 50_000;
  expect(limits.batchBytesMax).toBeLessThan(50_000 - 1_000);
  expect(limits.batchBytesMax).toBeGreaterThan(40_000);
});

test('a value can be told where a batch of it alone could be, and not where it is one byte longer', () => {
  const transport = { payloadBytesMax: 50_000 };
  const { batchBytesMax } = batchLimits(DEFAULT_SETTINGS, transport);
  expect([0, 1].map((more) => isTellable(batchBytesMax + more, transport))).toEqual([true, false]);
});

test('as many batches are under way as is set, unless that kind of batch has a number of its own', () => {
  const settings = { ...DEFAULT_SETTINGS, batchesInFlightMax: 3, fullBatchesInFlightMax: 5 };
  const transport = { payloadBytesMax: 1_048_576 };
  expect(batchLimits(settings, transport)).toMatchObject({ batchesInFlightMax: 3, fullBatchesInFlightMax: 5 });
  expect(batchLimits(settings, transport, 7)).toMatchObject({ batchesInFlightMax: 7, fullBatchesInFlightMax: 5 });
});

test('a task proposes what its first writer wants, however many readers came before', () => {
  const task = newTask('r', null);
  const wait = (own: Waiter['proposal']) =>
    task.waiters.add({ task, proposal: own, after: 0, isLate: false, settle: () => undefined });
  wait(null);
  expect(ownProposal(task)).toBeNull();
  wait(proposal('first'));
  wait(proposal('second'));
  expect(ownProposal(task)).toEqual(proposal('first'));
});
