import { expect, test } from 'vitest';
import { createOperations, type MemberApi } from '../../src/nats/operations.ts';
import type { ReadResult, WriteResult } from '../../src/outcomes.ts';
import { FakeMember } from '../support/fake-member.ts';

const WON: WriteResult = {
  outcome: 'won',
  decision: { ballot: { round: 0, node: 'n1', incarnation: 7 }, proposal: { opId: 'o', value: Buffer.from('x') } },
};
const failure = new Error('the disk is gone');

function operationsOf(member: Partial<MemberApi>) {
  const failures: unknown[] = [];
  const operations = createOperations({
    member: Object.assign(new FakeMember(), member),
    valueBytesMax: () => 10,
    newOpId: () => 'made-up',
    onFailure: (error) => failures.push(error),
  });
  const written: [WriteResult, string | undefined][] = [];
  const read: ReadResult[] = [];
  return {
    failures,
    written,
    read,
    write: () =>
      operations.write({ name: 'n', value: Buffer.from('x'), opId: undefined }, (...answer) => written.push(answer)),
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
