import { describe, expect, test } from 'vitest';
import { fittingOpened, settledParts } from '../../src/node/answers.ts';
import { ENTRY_BYTES } from '../../src/node/task.ts';
import type { Opened, Settled } from '../../src/protocol/messages.ts';
import { ballot } from '../support/sample.ts';

/** A decision that counts as so many bytes. */
function decisionOf(bytes: number) {
  const opId = 'x'.repeat(30);
  return {
    ballot: ballot(4, 'n2'),
    proposal: { opId, value: new Uint8Array(bytes - ENTRY_BYTES - opId.length) },
  };
}

describe('a settled in parts', () => {
  const places = (parts: readonly Settled[]) =>
    parts.map(({ won, decided }) => [won, decided.map(({ place }) => place)]);
  const settled = (won: readonly number[], ...bytes: number[]): Settled => ({
    won,
    decided: bytes.map((size, place) => ({ place, decision: decisionOf(size) })),
  });

  test('fills each part to the last byte, and counts each one on its own', () => {
    expect(places(settledParts(settled([], 400, 600), 1_000))).toEqual([[[], [0, 1]]]);
    expect(places(settledParts(settled([], 400, 601, 399, 400, 400), 1_000))).toEqual([
      [[], [0]],
      [[], [1, 2]],
      [[], [3, 4]],
    ]);
  });

  test('has room for the places that won in its first part', () => {
    const won = [5, 6, 7, 8, 9];
    expect(places(settledParts(settled(won, 400, 560), 1_000))).toEqual([[won, [0, 1]]]);
    expect(places(settledParts(settled(won, 400, 561), 1_000))).toEqual([
      [won, [0]],
      [[], [1]],
    ]);
  });

  test('says nothing where there is nothing to say, and leaves out no part that says only what won', () => {
    expect(settledParts({ won: [], decided: [] }, 1_000)).toEqual([]);
    expect(places(settledParts({ won: [3], decided: [] }, 1_000))).toEqual([[[3], []]]);
  });

  test('has one decision in each part where even that is too much, and no part without any', () => {
    expect(places(settledParts(settled([], 2_000, 2_000), 1_000))).toEqual([
      [[], [0]],
      [[], [1]],
    ]);
  });
});

describe('an opened that has to fit', () => {
  const OPENING = ballot(0, 'n1');
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
    const rejected = { type: 'rejected', name: NAME, ballot: OPENING, promised: ballot(9, 'n3') } as const;
    expect(fittingOpened({ number: 3, refusals: [rejected] }, OPENING, 1).refusals).toEqual([rejected]);
  });
});
