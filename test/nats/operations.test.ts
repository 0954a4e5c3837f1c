import { expect, test } from 'vitest';
import type { ReadResult, WriteResult } from '../../src/contract/outcomes.ts';
import { createOperations, type MemberApi } from '../../src/nats/service/operations.ts';
import { FakeMember } from '../support/fake-member.ts';

const WON: WriteResult = {
  outcome: 'won',
  decision: { ballot: { round: 0, node: 'n1', incarnation: 7 }, proposal: { opId: 'o', value: Buffer.from('x') } },
};
const failure = new Error('the disk is gone');

interface Written {
  readonly opId?: unknown;
  readonly bytes?: number;
}

function operationsOf(member: Partial<MemberApi>, payloadBytesMax = 1_000_000) {
  const failures: unknown[] = [];
  const operations = createOperations({
    member: Object.assign(new FakeMember(), member),
    valueBytesMax: () => 10,
    payloadBytesMax: () => payloadBytesMax,
    newOpId: () => 'made-up',
    onFailure: (error) => failures.push(error),
  });
  const written: [WriteResult, string | undefined][] = [];
  const read: ReadResult[] = [];
  return {
    failures,
    written,
    read,
    write: ({ opId, bytes = 1 }: Written = {}) =>
      operations.write({ name: 'n', value: Buffer.alloc(bytes, 'x'), opId }, (...answer) => written.push(answer)),
    readOne: () => operations.read('n', (answer) => read.push(answer)),
  };
}

test('a member that answers before it throws has answered', () => {
  const { write, readOne, written, read, failures } = operationsOf({
    write: (_name, _proposal, done) => {
      done(WON);
      throw failure;
    },
    read: (_name, done) => {
      done({ outcome: 'empty' });
      throw failure;
    },
  });
  write();
  readOne();
  expect(written).toEqual([[WON, 'made-up']]);
  expect(read).toEqual([{ outcome: 'empty' }]);
  expect(failures).toEqual([failure, failure]);
});

test('what a member answers after it threw comes too late', () => {
  const late: (() => void)[] = [];
  const { write, readOne, written, read } = operationsOf({
    write: (_name, _proposal, done) => {
      late.push(() => done(WON));
      throw failure;
    },
    read: (_name, done) => {
      late.push(() => done({ outcome: 'empty' }));
      throw failure;
    },
  });
  write();
  readOne();
  for (const answer of late) answer();
  expect(late).toHaveLength(2);
  expect(written).toEqual([[{ outcome: 'unknown' }, 'made-up']]);
  expect(read).toEqual([{ outcome: 'unavailable' }]);
});

/** Answers every write, and counts them. */
function winning() {
  const begun: string[] = [];
  const write: MemberApi['write'] = (_name, { opId }, done) => {
    begun.push(opId);
    done(WON);
  };
  return { begun, write };
}

test.each([
  ['is no text', 7],
  ['is empty', ''],
  ['is too long', 'x'.repeat(65)],
  ['has other than printable ASCII', 'op\u00e4'],
  ['begins with a blank, which a header would not keep', ' op'],
  ['ends with one', 'op '],
])('an operation id that %s is refused with 400, and nothing is begun', (_, opId) => {
  const { begun, write: member } = winning();
  const { write, written } = operationsOf({ write: member });
  write({ opId });
  expect(written).toEqual([[expect.objectContaining({ outcome: 'refused', code: 400 }), undefined]]);
  write({ opId: 'o p' });
  expect(begun).toEqual(['o p']);
});

test.each([
  ['is set', 1_000_000, 10, /11 bytes, and 10 is the most: nothing was written/],
  ['NATS carries', 4_096 + 5, 5, /6 bytes, and 5 is the most in messages of the 4101 bytes that NATS carries/],
])('a value of as many bytes as %s is written; of one more, none', (_, payloadBytesMax, bytesMax, error) => {
  const { begun, write: member } = winning();
  const { write, written } = operationsOf({ write: member }, payloadBytesMax);
  write({ bytes: bytesMax });
  write({ bytes: bytesMax + 1 });
  expect(begun).toEqual(['made-up']);
  expect(written).toEqual([
    [WON, 'made-up'],
    [expect.objectContaining({ outcome: 'refused', code: 413, error: expect.stringMatching(error) }), undefined],
  ]);
});
