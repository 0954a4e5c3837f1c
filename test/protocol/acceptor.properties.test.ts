import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onRequest, type Verdict } from '../../src/protocol/acceptor.ts';
import { compareBallots, formatBallot, sameBallot } from '../../src/protocol/ballot.ts';
import type { Request } from '../../src/protocol/messages.ts';
import { type RegisterState, sameAccepted, sameProposal, UNTOUCHED } from '../../src/protocol/register.ts';
import { anyRequests } from './arbitraries.ts';

interface Step {
  readonly before: RegisterState;
  readonly request: Request;
  readonly verdict: Verdict;
}

/** Answers the requests in their order, each from the state that the one before it left. */
function run(requests: readonly Request[]): readonly Step[] {
  let before: RegisterState = UNTOUCHED;
  return requests.map((request) => {
    const verdict = onRequest(before, request);
    const step = { before, request, verdict };
    before = verdict.state;
    return step;
  });
}

function everyStep(property: (step: Step) => void): void {
  fc.assert(
    fc.property(anyRequests, (requests) => run(requests).forEach(property)),
    { numRuns: 500 },
  );
}

/** Frozen to the last field, so that a rule that writes to its argument throws. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}

describe('an acceptor, whatever it is asked in whatever order', () => {
  it('never promises less than it promised', () => {
    everyStep(({ before, verdict }) =>
      expect(compareBallots(verdict.state.promised, before.promised)).toBeGreaterThanOrEqual(0),
    );
  });

  it('promises only what is above its last promise, and tells the whole of what it accepted', () => {
    everyStep(({ before, request, verdict }) => {
      if (verdict.reply?.type !== 'promised' || request.type !== 'prepare') return;
      expect(compareBallots(request.ballot, before.promised)).toBeGreaterThan(0);
      expect(verdict.state.promised).toEqual(request.ballot);
      expect(verdict.reply.accepted).toEqual(before.accepted);
    });
  });

  it('accepts only at or above its promise, and then holds just that', () => {
    everyStep(({ before, request, verdict }) => {
      if (verdict.reply?.type !== 'accepted' || request.type !== 'accept') return;
      expect(compareBallots(request.ballot, before.promised)).toBeGreaterThanOrEqual(0);
      expect(verdict.state).toEqual({
        promised: request.ballot,
        accepted: { ballot: request.ballot, proposal: request.proposal },
        decided: false,
      });
    });
  });

  it('never holds what it accepted above what it promised', () => {
    everyStep(({ verdict: { state } }) => {
      if (state.accepted !== null) expect(compareBallots(state.accepted.ballot, state.promised)).toBeLessThanOrEqual(0);
    });
  });

  it('accepts one value a ballot', () => {
    fc.assert(
      fc.property(anyRequests, (requests) => {
        const valueAt = new Map<string, string>();
        for (const { request, verdict } of run(requests)) {
          if (request.type !== 'accept' || verdict.reply?.type !== 'accepted') continue;
          const { opId, value } = request.proposal;
          const at = formatBallot(request.ballot);
          expect(valueAt.get(at) ?? `${opId}=${value}`).toBe(`${opId}=${value}`);
          valueAt.set(at, `${opId}=${value}`);
        }
      }),
    );
  });

  it('once decided is decided for ever, and says nothing else', () => {
    everyStep(({ before, request, verdict }) => {
      if (!before.decided) return;
      expect(verdict.state).toBe(before);
      if (request.type === 'decide') expect(verdict.reply).toBeNull();
      else expect(verdict.reply).toMatchObject({ type: 'decided', decision: before.accepted });
    });
  });

  it('rejects only what is not above its promise, naming that promise, and changes nothing', () => {
    everyStep(({ before, request, verdict }) => {
      if (verdict.reply?.type !== 'rejected' || (request.type !== 'prepare' && request.type !== 'accept')) return;
      expect(verdict.state).toBe(before);
      expect(verdict.reply.promised).toEqual(before.promised);
      expect(compareBallots(request.ballot, before.promised)).toBeLessThanOrEqual(0);
    });
  });

  it('a rejected accept was below the promise, or a second value at its ballot', () => {
    everyStep(({ before, request, verdict }) => {
      if (verdict.reply?.type !== 'rejected' || request.type !== 'accept') return;
      const below = compareBallots(request.ballot, before.promised) < 0;
      const held = before.accepted;
      const second =
        held !== null && sameBallot(held.ballot, request.ballot) && !sameProposal(held.proposal, request.proposal);
      expect(below || second).toBe(true);
    });
  });

  it('asked the same thing twice in a row, the second time there is nothing to save', () => {
    everyStep(({ request, verdict }) => {
      const again = onRequest(verdict.state, request);
      expect(again.state).toBe(verdict.state);
      if (request.type === 'accept') expect(again.reply).toEqual(verdict.reply);
    });
  });

  it('a state to be saved is another object, and a state that stays is the same one', () => {
    everyStep(({ before, verdict: { state } }) => {
      const equal =
        sameBallot(before.promised, state.promised) &&
        before.decided === state.decided &&
        (before.accepted === state.accepted ||
          (before.accepted !== null && state.accepted !== null && sameAccepted(before.accepted, state.accepted)));
      expect(state === before).toBe(equal);
    });
  });

  it('decides purely: the arguments are left alone, and the same ones give the same verdict', () => {
    everyStep(({ before, request, verdict }) => {
      expect(onRequest(frozen(structuredClone(before)), frozen(structuredClone(request)))).toEqual(verdict);
    });
  });
});
