import { headers, type MsgHdrs, type ServiceMsg } from 'nats';
import { describe, expect, test } from 'vitest';
import type { WriteResult } from '../../src/contract/outcomes.ts';
import { opIdIn, replyHeaders } from '../../src/nats/service/reply.ts';
import type { Ballot } from '../../src/protocol/ballot.ts';

const textOf = (head: MsgHdrs) => Buffer.from((head as unknown as { encode(): Uint8Array }).encode()).toString();

const withDecision = (outcome: 'won' | 'lost', ballot: Ballot, opId: string): WriteResult => ({
  outcome,
  decision: { ballot, proposal: { opId, value: Buffer.from('x') } },
});

describe('the headers of a reply', () => {
  test('have the outcome, the ballot and the operation id of its own result, whatever was answered before', () => {
    for (const opId of ['o-1', 'o-2', 'o-1']) {
      for (let round = 0; round < 30; round += 1) {
        for (const [node, incarnation] of [['n1', 1] as const, ['n1', 2] as const, ['n2', 1] as const]) {
          const ballot = { round, node, incarnation };
          const said = `Register-Ballot: ${round}/${node}/${incarnation}\r\nRegister-Op-Id: ${opId}\r\n`;
          expect(textOf(replyHeaders(withDecision('won', ballot, opId), opId))).toBe(
            `NATS/1.0\r\nRegister-Outcome: won\r\n${said}\r\n`,
          );
          const lost = textOf(replyHeaders(withDecision('lost', ballot, opId), 'another'));
          expect(lost).toContain(`NATS/1.0\r\nRegister-Outcome: lost\r\n${said}Nats-Service-Error-Code: 409\r\n`);
        }
      }
    }
  });

  test('of a write that lost to its own operation id say that one id was used for two values', () => {
    const lost = withDecision('lost', { round: 0, node: 'n1', incarnation: 1 }, 'o');
    expect(textOf(replyHeaders(lost, 'o'))).toMatch(/Code: 422\r\nNats-Service-Error: [^\r]*this same operation id/);
    expect(textOf(replyHeaders(lost, 'O'))).toMatch(/Code: 409\r\n/);
    expect(textOf(replyHeaders(lost, undefined))).toMatch(/Code: 409\r\n/);
  });

  test('name the operation id of an unknown write, for each its own', () => {
    for (const opId of ['op-1', 'op-2']) {
      expect(textOf(replyHeaders({ outcome: 'unknown' }, opId))).toContain(`the operation id ${opId} to settle it`);
    }
  });

  test('keep a sentence of several lines on one, without control characters', () => {
    const result: WriteResult = { outcome: 'refused', code: 400, error: 'One\r\n\r\nRegister-Outcome: \0won\u0085\n' };
    expect(textOf(replyHeaders(result, undefined)).split('\r\n')).toEqual([
      'NATS/1.0',
      'Register-Outcome: refused',
      'Nats-Service-Error-Code: 400',
      'Nats-Service-Error: One Register-Outcome:  won',
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
