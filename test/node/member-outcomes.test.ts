import { describe, expect, test } from 'vitest';
import type { ReadResult, WriteResult } from '../../src/contract/outcomes.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/node/settings.ts';
import type { Decision } from '../../src/protocol/register.ts';
import { ballotOf, proposal } from '../support/paxos.ts';
import { settled } from './manual-clock.ts';
import { world } from './member-world.ts';
import { processOf } from './process.ts';

const { operationTimeoutMs } = DEFAULT_SETTINGS;

/** The home, which serves, and what it answers its clients. */
async function home(settings: Partial<Settings> = {}) {
  const made = world({ self: 'n1', settings });
  await made.start();
  await made.welcome('n2');
  const write = (name: string, text: string) => {
    const results: WriteResult[] = [];
    made.member.write(name, proposal(text), (result) => results.push(result));
    return results;
  };
  const read = (name: string) => {
    const results: ReadResult[] = [];
    made.member.read(name, (result) => results.push(result));
    return results;
  };
  /** n2 accepts all that was opened. */
  const accept = async () => {
    for (const { message, answer } of made.askedOf('open')) {
      if (message.type !== 'open') continue;
      answer({ type: 'opened', sender: processOf('n2'), opened: { number: message.opening.number, refusals: [] } });
    }
    await settled();
  };
  return { ...made, write, read, accept };
}

/** Has it saved as decided. */
async function decide({ store }: Awaited<ReturnType<typeof home>>, name: string, decision: Decision): Promise<void> {
  store.registersHeld.set(name, { promised: decision.ballot, accepted: decision, decided: true });
}

describe('a write', () => {
  test('is won once a majority has accepted it, and not before', async () => {
    const { write, accept, events } = await home();
    const results = write('r', 'v');
    await settled();
    expect(results).toEqual([]);
    await accept();
    expect(results).toMatchObject([{ outcome: 'won' }]);
    expect(events.filter(({ type }) => type === 'decided')).toHaveLength(1);
  });

  test('of what is known to be decided is answered at once, and starts nothing', async () => {
    const made = await home();
    await decide(made, 'r', { ballot: ballotOf(1), proposal: proposal('a') });
    expect(made.write('r', 'a')).toMatchObject([{ outcome: 'won' }]);
    expect(made.write('r', 'b')).toMatchObject([{ outcome: 'lost', decision: { proposal: proposal('a') } }]);
    await settled();
    expect(made.askedOf('open')).toEqual([]);
    expect(made.member.status().pending).toBe(0);
  });

  test('that left and was not decided in time is unknown', async () => {
    const { write, clock, member } = await home();
    const results = write('r', 'v');
    await clock.pass(operationTimeoutMs + 10);
    expect(results).toEqual([{ outcome: 'unknown' }]);
    expect(member.status().pending).toBe(0);
  });

  test('that never left is refused, and said not to have been started', async () => {
    const { write, clock, askedOf } = await home({ openingsInFlightMax: 1, phaseTimeoutMs: 10 * operationTimeoutMs });
    const first = write('a', 'v');
    await settled();
    const second = write('b', 'v');
    await clock.pass(operationTimeoutMs + 10);
    expect(first).toEqual([{ outcome: 'unknown' }]);
    expect(second).toMatchObject([{ outcome: 'refused', code: 429 }]);
    await clock.pass(20 * operationTimeoutMs);
    const opened = askedOf('open').flatMap(({ message }) => (message.type === 'open' ? message.opening.writes : []));
    expect(opened.some(({ name }) => name === 'b')).toBe(false);
  });
});

describe('a read', () => {
  test('of what is known to be decided is answered at once', async () => {
    const made = await home();
    await decide(made, 'r', { ballot: ballotOf(1), proposal: proposal('a') });
    expect(made.read('r')).toMatchObject([{ outcome: 'decided', decision: { proposal: proposal('a') } }]);
    expect(made.askedOf('requests')).toEqual([]);
  });

  test('that nobody answers is unavailable', async () => {
    const { read, clock } = await home();
    const results = read('r');
    await clock.pass(operationTimeoutMs + 10);
    expect(results).toEqual([{ outcome: 'unavailable' }]);
  });
});

describe('a member that does not serve', () => {
  const NOT_STARTED = { outcome: 'refused', code: 503, error: expect.stringContaining('Nothing was started') };

  test('refuses what it could answer, too, and starts nothing, be it joining or draining', async () => {
    for (const state of ['joining', 'draining']) {
      const made = await home();
      const joining = world({ self: 'n1' });
      await joining.start();
      const { member, store, askedOf } = state === 'joining' ? joining : made;
      if (state === 'draining') {
        made.write('busy', 'v');
        void member.drain();
      }
      await settled();
      const before = askedOf('open').length;
      const decision = { ballot: ballotOf(1), proposal: proposal('a') };
      store.registersHeld.set('known', { promised: decision.ballot, accepted: decision, decided: true });
      const results: unknown[] = [];
      for (const name of ['known', 'new']) {
        member.write(name, proposal('a'), (result) => results.push(result));
        member.read(name, (result) => results.push(result));
      }
      await settled();
      expect(member.status().state).toBe(state);
      expect(results).toEqual([NOT_STARTED, NOT_STARTED, NOT_STARTED, NOT_STARTED]);
      expect(askedOf('open')).toHaveLength(before);
    }
  });
});

describe('a member that has as much under way as it may', () => {
  const BUSY = { outcome: 'refused', code: 429, error: expect.stringContaining('Nothing was started') };

  test('refuses further operations, until some have ended', async () => {
    const { write, read, accept } = await home({ pendingOperationsMax: 2 });
    const [a, b] = [write('a', 'v'), write('b', 'v')];
    expect(write('c', 'v')).toEqual([BUSY]);
    expect(read('c')).toEqual([BUSY]);
    await settled();
    await accept();
    await settled();
    await accept();
    expect([a, b]).toMatchObject([[{ outcome: 'won' }], [{ outcome: 'won' }]]);
    expect(write('c', 'v')).toEqual([]);
  });

  test('counts the bytes of values as well', async () => {
    const { write, accept } = await home({ pendingBytesMax: 10 });
    write('a', '0123456789');
    expect(write('b', 'v')).toEqual([BUSY]);
    await settled();
    await accept();
    expect(write('b', 'v')).toEqual([]);
  });
});

describe('two decisions of one register that contradict each other', () => {
  test('stop the member, which answers nobody from then on', async () => {
    const { member, store, write, receive, ends, answers } = await home();
    await decide({ store } as never, 'r', { ballot: ballotOf(1), proposal: proposal('a') });
    expect(write('r', 'b')).toMatchObject([{ outcome: 'lost' }]);
    const decision = { ballot: ballotOf(2, 'n2'), proposal: proposal('other') };
    const requests = [{ type: 'decide', name: 'r', decision }] as const;
    await receive({ type: 'requests', sender: processOf('n2'), requests });
    expect(member.status().state).toBe('failed');
    expect(ends).toMatchObject([expect.any(Error)]);
    await receive({ type: 'requests', sender: processOf('n2'), requests: [{ type: 'query', name: 'r' }] });
    expect(answers).toEqual([]);
  });
});
