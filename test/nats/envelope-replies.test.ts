import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReadResult, WriteResult } from '../../src/contract/outcomes.ts';
import { type EntryResult, formatEnvelope, leastReplyBytes } from '../../src/nats/service/batch-reply.ts';

const number = fc.constantFrom(0, 999_999_999_999_999);
const text = (maxLength: number) => fc.constantFrom('n', 'n'.repeat(maxLength));
const opId = fc.constantFrom('o', '"'.repeat(64), '\\'.repeat(64), 'o'.repeat(64));
const decision = fc.record({
  ballot: fc.record({ round: number, node: text(32), incarnation: number }),
  proposal: fc.record({ opId, value: fc.uint8Array({ maxLength: 50 }) }),
});
const refused = fc.record({
  outcome: fc.constant('refused' as const),
  code: fc.constantFrom(400, 413, 429, 503),
  error: fc.string(),
});
const written: fc.Arbitrary<WriteResult> = fc.oneof(
  fc.record({ outcome: fc.constantFrom('won' as const, 'lost' as const), decision }),
  fc.constant({ outcome: 'unknown' as const }),
  refused,
);
const read: fc.Arbitrary<ReadResult> = fc.oneof(
  fc.record({ outcome: fc.constant('decided' as const), decision }),
  fc.constantFrom({ outcome: 'empty' as const }, { outcome: 'unavailable' as const }),
  refused,
);
const goodName = fc.constantFrom('n', 'n'.repeat(255));
const badName = fc.oneof(
  fc.constantFrom('"'.repeat(255), '\0'.repeat(255), 'ü'.repeat(255)),
  fc.string(),
  fc.constant(7),
);
const entry: fc.Arbitrary<EntryResult> = fc
  .record({
    result: fc.oneof(written, read),
    good: goodName,
    bad: badName,
    opId: fc.option(opId, { nil: undefined }),
  })
  .map(({ result, good, bad, opId: id }) => ({
    register: result.outcome === 'refused' ? bad : good,
    result,
    opId: id,
    sent: undefined,
  }));

test('a reply that has the room that was counted for it says every outcome, whatever became of the entries', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
      const bytesMax = leastReplyBytes(entries);
      const body = formatEnvelope(entries, true, bytesMax);
      expect(body?.payload.length).toBeLessThanOrEqual(bytesMax);
      const outcomes = JSON.parse(String(body?.payload)) as { outcome: string; code?: number }[];
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(entries.map(({ result }) => result.outcome));
    }),
  );
});

test('a thousand entries with the longest names and ids have room in a message of the usual size', () => {
  const longest = { register: 'n'.repeat(255), opId: '"'.repeat(64) };
  expect(leastReplyBytes(Array.from({ length: 1_000 }, () => longest))).toBeLessThan(1_048_576);
});

test('not much more than is needed is counted', () => {
  const result: WriteResult = {
    outcome: 'won',
    decision: {
      ballot: { round: 999_999_999_999_999, node: 'n'.repeat(32), incarnation: 999_999_999_999_999 },
      proposal: { opId: '"'.repeat(64), value: new Uint8Array(1_000) },
    },
  };
  const entries = [{ register: 'n', result, opId: 'o', sent: undefined }];
  const least = formatEnvelope(entries, true, leastReplyBytes(entries))?.payload.length ?? 0;
  expect(leastReplyBytes(entries) - least).toBeLessThan(40);
});
