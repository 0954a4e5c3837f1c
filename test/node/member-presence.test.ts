import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { Presence, Stage } from '../../src/ports.ts';
import { ballotOf, proposal } from '../support/paxos.ts';
import { settled } from './manual-clock.ts';
import { world } from './member-world.ts';

const { joinListenMs, heartbeatMs } = DEFAULT_SETTINGS;

/** What a member of another cluster tells everyone on the prefix. */
function stranger(stage: Stage): Presence {
  const storeId = 'disk-of-b1';
  const sender = { cluster: 'other', member: 'b1', storeId, incarnation: 1, session: 'sb', commits: 0 };
  const hello = { credentials: sender, members: ['b1'], enrolled: true, remembers: [] };
  return { type: 'presence', sender, hello, stage };
}

const stagesIn = (announced: ReturnType<typeof world>['announced']) =>
  announced.map(({ message }) => (message.type === 'presence' ? message.stage : message.type));

describe('a member beside another cluster that serves on its prefix', () => {
  test('refuses writes and reads with 503, also of what it knows, starts nothing, and serves again once that has left', async () => {
    const { member, store, asked, serve, receive } = world();
    await serve();
    const decision = { ballot: ballotOf(1), proposal: proposal('a') };
    store.registersHeld.set('known', { promised: decision.ballot, accepted: decision, decided: true });
    await receive(stranger('serving'));
    expect(member.status().clash).toContain('cluster other');
    const { length } = asked;
    const results: unknown[] = [];
    for (const name of ['known', 'r']) {
      member.write(name, proposal('a'), (result) => results.push(result));
      member.read(name, (result) => results.push(result));
    }
    await settled();
    expect(results).toEqual(
      Array(4).fill({
        outcome: 'refused',
        code: 503,
        error: expect.stringMatching(/cluster other.*nothing was started/),
      }),
    );
    expect([asked.length, member.status().pending]).toEqual([length, 0]);
    await receive(stranger('left'));
    expect(member.status().clash).toBeNull();
    member.read('known', (result) => results.push(result));
    expect(results.at(-1)).toEqual({ outcome: 'decided', decision });
  });

  test('does not join where that answers it, and says that nothing was written', async () => {
    const { member, clock, announced, ends } = world();
    member.start();
    for (const { answer } of announced) answer(stranger('serving'));
    await clock.pass(joinListenMs);
    expect(ends).toMatchObject([
      { code: 'STELE_PREFIX_TAKEN', message: expect.stringMatching(/cluster other.*Nothing was written/) },
    ]);
    expect(member.status().state).toBe('failed');
  });
});

describe('a member tells everyone on its prefix', () => {
  test('that it serves, before it takes a request', async () => {
    const { member, announced, serve } = world();
    const told: unknown[] = [];
    member.subscribe((event) => {
      if (event.type === 'state' && event.state === 'serving') told.push(stagesIn(announced).at(-1));
    });
    await serve();
    expect(told).toEqual(['serving']);
  });

  test.each(['drains', 'fails'] as const)('goodbye when it %s, and nothing after that', async (how) => {
    const { member, clock, announced, serve } = world();
    await serve();
    if (how === 'drains') await member.drain();
    else member.abort(new Error('the service is gone') as never);
    await settled();
    const stages = stagesIn(announced);
    expect(stages.filter((stage) => stage === 'left')).toHaveLength(1);
    expect(stages.at(-1)).toBe('left');
    await clock.pass(3 * heartbeatMs);
    expect(announced).toHaveLength(stages.length);
    expect(announced.every(({ isStopped }) => isStopped)).toBe(true);
  });
});
