import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onRequest } from '../../src/protocol/acceptor.ts';
import type { Reply, Request } from '../../src/protocol/messages.ts';
import { type RegisterState, UNTOUCHED } from '../../src/protocol/register.ts';
import { anyRequests } from './arbitraries.ts';

const ANSWERS: Record<Request['type'], readonly Reply['type'][]> = {
  prepare: ['promised', 'rejected', 'decided'],
  accept: ['accepted', 'rejected', 'decided'],
  query: ['held', 'decided'],
  decide: [],
};

function ballotOf(message: Request | Reply) {
  return 'ballot' in message ? message.ballot : undefined;
}

function each(property: (request: Request, reply: Reply | null) => void): void {
  fc.assert(
    fc.property(anyRequests, (requests) => {
      let state: RegisterState = UNTOUCHED;
      for (const request of requests) {
        const verdict = onRequest(state, request);
        property(request, verdict.reply);
        state = verdict.state;
      }
    }),
  );
}

describe('requests and replies', () => {
  it('each request has its own kinds of answer, and a decide has none', () => {
    each((request, reply) => {
      if (reply === null) expect(request.type).toBe('decide');
      else expect(ANSWERS[request.type]).toContain(reply.type);
    });
  });

  it('an answer names the register and the ballot of its request, so that it can be matched without its order', () => {
    each((request, reply) => {
      if (reply === null) return;
      expect(reply.name).toBe(request.name);
      if (ballotOf(reply) !== undefined) expect(ballotOf(reply)).toEqual(ballotOf(request));
    });
  });
});
