import { headers, type MsgHdrs, type ServiceMsg } from 'nats';
import { describe, expect, test } from 'vitest';
import { opIdIn, replyHeaders } from '../../src/nats/headers.ts';
import type { WriteResult } from '../../src/outcomes.ts';

const textOf = (head: MsgHdrs) => Buffer.from((head as unknown as { encode(): Uint8Array }).encode()).toString();

const withDecision = (outcome: 'won' | 'lost', round: number, node: string, incarnation: number): WriteResult => ({
  outcome,
  decision: { ballot: { round, node, incarnation }, proposal: { opId: 'o', value: Buffer.from('x') } },
});

describe('the headers of a reply', () => {
  test('have the outcome and the ballot of its own result, whatever was answered before', () => {
    for (const pass of ['first', 'again']) {
      for (let round = 0; round < 30; round += 1) {
        for (const [node, incarnation] of [['n1', 1] as const, ['n1', 2] as const, ['n2', 1] as const]) {
          const ballot = `Register-Ballot: ${round}/${node}/${incarnation}`;
          expect(textOf(replyHeaders(withDecision('won', round, node, incarnation), pass))).toBe(
            `NATS/1.0\r\nRegister-Outcome: won\r\n${ballot}\r\n\r\n`,
          );
          const lost = textOf(replyHeaders(withDecision('lost', round, node, incarnation), pass)).split('\r\n');
          expect(lost.slice(1, 4)).toEqual(['Register-Outcome: lost', ballot, 'Nats-Service-Error-Code: 409']);
        }
      }
    }
  });

  test('name the operation id of an unknown write, for each its own', () => {
    for (const opId of ['op-1', 'op-2']) {
      expect(textOf(replyHeaders({ outcome: 'unknown' }, opId))).toContain(`the operation id ${opId} to settle it`);
    }
  });

  test('keep a sentence of several lines on one', () => {
    const result: WriteResult = { outcome: 'refused', code: 400, error: 'One\r\n\r\nRegister-Outcome: won\n' };
    expect(textOf(replyHeaders(result, undefined)).split('\r\n')).toEqual([
      'NATS/1.0',
      'Register-Outcome: refused',
      'Nats-Service-Error-Code: 400',
      'Nats-Service-Error: One Register-Outcome: won',
      '',
      '',
    ]);
  });
});

test('an operation id is found by way of the library where the bytes of the headers are not to be seen', () => {
  const head = headers();
  head.set('register-op-id', 'op-1');
  expect(opIdIn({ headers: head } as ServiceMsg)).toBe('op-1');
  expect(opIdIn({} as ServiceMsg)).toBeUndefined();
});
