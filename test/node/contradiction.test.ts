import { expect, test } from 'vitest';
import { ballotOf, proposal } from '../support/paxos.ts';
import { settled } from './manual-clock.ts';
import { world } from './member-world.ts';
import { processOf } from './process.ts';

const KNOWN = { ballot: ballotOf(1), proposal: proposal('a') };
const OTHER = { ballot: ballotOf(2, 'n3', 3), proposal: proposal('b') };
const BROKEN = { code: 'STELE_INVARIANT' };

/** A member that serves, and has something under way about a register of which a decision becomes known meanwhile. */
async function waiting(operation: 'read' | 'write') {
  const made = world();
  await made.serve();
  if (operation === 'read') made.member.read('r', () => undefined);
  else made.member.write('r', proposal('mine'), () => undefined);
  await settled();
  const { registersHeld } = made.store;
  registersHeld.set('r', { promised: KNOWN.ballot, accepted: KNOWN, decided: true });
  made.member.read('r', () => undefined);
  return made;
}

test.each(['read', 'write'] as const)(
  'a decision that contradicts a known one stops the member when a %s comes upon it',
  async (operation) => {
    const { askedOf, ends, member } = await waiting(operation);
    const replies = [{ type: 'decided', name: 'r', decision: OTHER }] as const;
    for (const { answer } of askedOf('requests')) answer({ type: 'replies', sender: processOf('n3'), replies });
    await settled();
    expect(ends).toMatchObject([BROKEN]);
    expect(member.status().state).toBe('failed');
  },
);

test.each(['read', 'write'] as const)(
  'the same decision again stops nobody when a %s comes upon it',
  async (operation) => {
    const { askedOf, ends } = await waiting(operation);
    const replies = [{ type: 'decided', name: 'r', decision: KNOWN }] as const;
    for (const { answer } of askedOf('requests')) answer({ type: 'replies', sender: processOf('n3'), replies });
    await settled();
    expect(ends).toEqual([]);
  },
);
