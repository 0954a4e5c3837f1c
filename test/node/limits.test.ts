import { describe, expect, test } from 'vitest';
import { batchLimits, ENTRY_BYTES, fittingOpened, isTellable } from '../../src/node/limits.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { Opened } from '../../src/protocol/messages.ts';
import { ballotOf } from '../support/paxos.ts';

test('a batch has no more bytes than is set, nor than one message carries now, with room for what is around it', () => {
  const transport = { payloadBytesMax: 1_048_576 };
  const limits = batchLimits({ ...DEFAULT_SETTINGS, batchBytesMax: 100_000 }, transport, 1);
  expect(limits.batchBytesMax).toBe(100_000);
  transport.payloadBytesMax = 50_000;
  expect(limits.batchBytesMax).toBeLessThan(50_000 - 1_000);
  expect(limits.batchBytesMax).toBeGreaterThan(40_000);
});

test('a value can be told where a batch of it alone could be, and not where it is one byte longer', () => {
  const transport = { payloadBytesMax: 50_000 };
  const { batchBytesMax } = batchLimits(DEFAULT_SETTINGS, transport, 1);
  expect([0, 1].map((more) => isTellable(batchBytesMax + more, transport))).toEqual([true, false]);
});

test('as many batches are under way as its kind may have, and as many full ones as is set', () => {
  const settings = { ...DEFAULT_SETTINGS, fullBatchesInFlightMax: 5 };
  const limits = batchLimits(settings, { payloadBytesMax: 1_048_576 }, 7);
  expect(limits).toMatchObject({ batchesInFlightMax: 7, fullBatchesInFlightMax: 5 });
});

/** A decision that counts as so many bytes. */
function decisionOf(bytes: number) {
  const opId = 'x'.repeat(30);
  return {
    ballot: ballotOf(4, 'n2'),
    proposal: { opId, value: new Uint8Array(bytes - ENTRY_BYTES - opId.length) },
  };
}

describe('an opened that has to fit', () => {
  const OPENING = ballotOf(0, 'n1');
  const NAME = 'n'.repeat(72);
  /** What a refusal takes beside its decision: 200 bytes. */
  const decided = (bytes: number): Opened['refusals'][number] => ({
    type: 'decided',
    name: NAME,
    decision: decisionOf(bytes + ENTRY_BYTES),
  });
  const types = (bytesMax: number, ...refusals: Opened['refusals'][number][]) =>
    fittingOpened({ number: 3, refusals }, OPENING, bytesMax).refusals.map(({ type }) => type);

  test('carries decisions to the last byte, of which every refusal and every id takes some', () => {
    expect(types(1_000, decided(300), decided(300))).toEqual(['decided', 'decided']);
    expect(types(999, decided(300), decided(300))).toEqual(['decided', 'rejected']);
  });

  test('passes over a decision that is too large for one that still fits', () => {
    expect(types(1_000, decided(300), decided(500), decided(100))).toEqual(['decided', 'rejected', 'decided']);
  });

  test('leaves a refusal that is no decision as it is', () => {
    const rejected = { type: 'rejected', name: NAME, ballot: OPENING, promised: ballotOf(9, 'n3') } as const;
    expect(fittingOpened({ number: 3, refusals: [rejected] }, OPENING, 1).refusals).toEqual([rejected]);
  });
});
