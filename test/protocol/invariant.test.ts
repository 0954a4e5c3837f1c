import { describe, expect, it } from 'vitest';
import { InvariantError, invariant, unreachable } from '../../src/protocol/invariant.ts';

describe('invariants stay on', () => {
  it('what holds passes in silence', () => {
    expect(() => invariant(true, 'all is well')).not.toThrow();
  });

  it('what does not hold stops the member, and says what was broken', () => {
    const broken = () => invariant(false, 'Register orders.17: decided twice');
    expect(broken).toThrow(InvariantError);
    expect(broken).toThrow(/orders\.17: decided twice.*stops rather than answer/);
    expect(broken).toThrow(expect.objectContaining({ code: 'STELE_INVARIANT', name: 'InvariantError' }));
  });

  it('a tag that came past the compiler is shown', () => {
    expect(() => unreachable({ type: 'abdicate' } as never)).toThrow(/abdicate/);
  });
});
