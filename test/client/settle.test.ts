import { describe, expect, test } from 'vitest';
import type { Attempt } from '../../src/client/attempt.ts';
import type { Message } from '../../src/client/connection.ts';
import { settle } from '../../src/client/settle.ts';
import { RefusedError, UnknownOutcomeError } from '../../src/contract/errors.ts';

const TIMEOUT_MS = 5_000;
const TRY_TIMEOUT_MS = 300;

const won: Attempt = { type: 'answered', outcome: 'won', reply: { data: new Uint8Array() } as unknown as Message };
const refused = (status: number, passing = false): Attempt => ({
  type: 'not-started',
  status,
  failure: { reason: `It is ${status}.`, passing },
});
const inDoubt = (passing: boolean): Attempt => ({ type: 'in-doubt', failure: { reason: 'No answer.', passing } });

/** Settles over attempts that come to what is given, one after the other; the last is repeated. */
async function settled(attempts: readonly Attempt[], { hasEffects = true, timeoutMs = TIMEOUT_MS } = {}) {
  const givenMs: number[] = [];
  const tryOnce = async (tryMs: number): Promise<Attempt> => {
    givenMs.push(tryMs);
    return attempts[Math.min(givenMs.length, attempts.length) - 1] as Attempt;
  };
  const end = await settle(tryOnce, {
    timeoutMs,
    tryTimeoutMs: TRY_TIMEOUT_MS,
    hasEffects,
    notStarted: 'It was not written',
    inDoubt: (reason, cause) => new UnknownOutcomeError('op-1', reason, cause),
  }).catch((error: unknown) => error);
  return { end, tries: givenMs.length, givenMs };
}

describe('what no try is known to have started', () => {
  test.each([400, 403, 413])('is refused with %i at once where another try could do no better', async (status) => {
    const { end, tries } = await settled([refused(status)]);
    expect([end, tries]).toEqual([expect.any(RefusedError), 1]);
    expect(end).toMatchObject({ status, message: `It was not written: It is ${status}.` });
  });

  test('is refused with the last reason where time is up', async () => {
    const { end, tries } = await settled([refused(503, true), refused(429, true)], { timeoutMs: 1_000 });
    expect(end).toMatchObject({ code: 'STELE_REFUSED', status: 429 });
    expect(tries).toBeGreaterThan(1);
  });
});

describe('what a try may have started', () => {
  test.each([true, false])('is in doubt, however a later try is refused (for the moment: %s)', async (passing) => {
    const { end } = await settled([inDoubt(true), refused(503, passing)], { timeoutMs: 400 });
    expect(end).toBeInstanceOf(UnknownOutcomeError);
  });

  test('is in doubt also where several tries after it started nothing', async () => {
    const { end, tries } = await settled([inDoubt(true), refused(503, true), refused(429, true), refused(400)]);
    expect([end, tries]).toEqual([expect.any(UnknownOutcomeError), 4]);
  });

  test('is in doubt at once where another try could do no better', async () => {
    const { end, tries } = await settled([inDoubt(false)]);
    expect([end, tries]).toEqual([expect.any(UnknownOutcomeError), 1]);
  });

  test('is what a later try is answered with', async () => {
    const { end, tries } = await settled([inDoubt(true), refused(503, true), won]);
    expect([end, tries]).toEqual([won, 3]);
  });
});

describe('a read, which starts nothing', () => {
  test('is refused by a try that was refused for good, whatever became of an earlier one', async () => {
    const { end } = await settled([inDoubt(true), refused(403)], { hasEffects: false });
    expect(end).toMatchObject({ code: 'STELE_REFUSED', status: 403 });
  });

  test('is not told that it was refused where that was of the moment, and an earlier try was not answered', async () => {
    const { end } = await settled([inDoubt(true), refused(503, true)], { hasEffects: false, timeoutMs: 400 });
    expect(end).toBeInstanceOf(UnknownOutcomeError);
  });
});

describe('a try', () => {
  test('has its own time, and no more than is left', async () => {
    const { givenMs } = await settled([refused(503, true)], { timeoutMs: 400 });
    expect(givenMs[0]).toBe(TRY_TIMEOUT_MS);
    const { givenMs: shorter } = await settled([refused(503, true)], { timeoutMs: 200 });
    expect(shorter[0]).toBeLessThanOrEqual(200);
  });

  test('is not begun with next to no time left: it would only turn what is known into what nobody knows', async () => {
    expect((await settled([refused(503, true)], { timeoutMs: 100 })).tries).toBe(1);
  });
});
