import { beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import { Cluster } from './cluster.ts';

const { handoverTimeoutMs, newsDelayMs } = DEFAULT_SETTINGS;

/** Of n1, which is the home, and n2 and n3, which take charge in that order while it cannot be reached. */
let cluster: Cluster;

beforeEach(() => start(3));

async function start(members: number): Promise<void> {
  cluster = new Cluster(members);
  await cluster.start();
}

/** Messages of a type, as `from>to`. */
function sent(type: string): string[] {
  return cluster.sent.filter(([, , sentType]) => sentType === type).map(([from, to]) => `${from}>${to}`);
}

describe('a write at the home', () => {
  test('takes one round trip, and no phase 1', async () => {
    const { result, tookMs } = await passing(cluster.write('n1', 'r', 'v'), 10);
    expect(result).toMatchObject({ outcome: 'won', decision: { ballot: { round: 0, node: 'n1', incarnation: 1 } } });
    expect(tookMs).toBe(2);
    expect(sent('open')).toEqual(['n1>n2', 'n1>n3']);
    expect(sent('requests')).toEqual([]);
  });

  test('is known to the others soon after, which have it noted in their stores', async () => {
    await passing(cluster.write('n1', 'r', 'v'), newsDelayMs + 10);
    for (const store of cluster.stores.values()) expect(store.noted).toEqual(['r']);
    const { result } = await passing(cluster.read('n3', 'r'), 0);
    expect(result).toMatchObject({ outcome: 'decided' });
    expect(sent('requests')).toEqual([]);
  });

  test('of five is known to the others by the news that it was chosen', async () => {
    await start(5);
    await passing(cluster.write('n1', 'r', 'v'), newsDelayMs / 2);
    expect(cluster.stores.get('n2')?.noted).toEqual([]);
    await cluster.clock.pass(newsDelayMs);
    for (const store of cluster.stores.values()) expect(store.noted).toEqual(['r']);
    expect(sent('requests')).toEqual([]);
  });

  test('goes along with those of the same moment in one opening, whose vote needs no message of its own', async () => {
    const writes = ['a', 'b', 'c'].map((name) => cluster.write('n1', name, 'v'));
    await cluster.clock.pass(10);
    expect(writes.map(({ result }) => result?.outcome)).toEqual(['won', 'won', 'won']);
    expect(sent('open')).toEqual(['n1>n2', 'n1>n3']);
    // The answers of the two.
    expect(sent('opened')).toEqual(['n2>n1', 'n3>n1']);
    for (const store of cluster.stores.values()) expect(store.noted).toEqual(['a', 'b', 'c']);
  });
});

describe('a write at another member', () => {
  test('is handed to the home, and wins there', async () => {
    const { result } = await passing(cluster.write('n2', 'r', 'v'), 10);
    expect(result).toMatchObject({ outcome: 'won', decision: { ballot: { round: 0, node: 'n1' } } });
    expect(sent('handover')).toEqual(['n2>n1']);
    expect(sent('requests')).toEqual([]);
  });

  test.each([1, 3])(
    'of three is answered by the home’s vote, sooner than by an answer, for %i at once',
    async (count) => {
      const writes = Array.from({ length: count }, (_, index) => cluster.write('n2', `r.${index}`, 'v'));
      await cluster.clock.pass(2 * handoverTimeoutMs);
      for (const { result, tookMs } of writes) {
        expect(result).toMatchObject({ outcome: 'won' });
        expect(tookMs).toBe(2);
      }
      expect(sent('settled')).toEqual([]);
    },
  );

  test('of five is answered by the home', async () => {
    await start(5);
    const { result, tookMs } = await passing(cluster.write('n2', 'r', 'v'), 10);
    expect(result).toMatchObject({ outcome: 'won', decision: { ballot: { round: 0, node: 'n1' } } });
    expect(tookMs).toBe(4);
    expect(sent('settled')).toEqual(['n1>n2']);
  });

  test('that loses there is told what was decided', async () => {
    const writes = ['n1', 'n2', 'n3'].map((member) => cluster.write(member, 'r', `by-${member}`));
    await cluster.clock.pass(20);
    const outcomes = writes.map(({ result }) => result?.outcome).sort();
    expect(outcomes).toEqual(['lost', 'lost', 'won']);
    const values = writes.map(({ result }) => result && 'decision' in result && result.decision.proposal.opId);
    expect(new Set(values).size).toBe(1);
    expect(sent('requests')).toEqual([]);
  });
});

describe('a home that is down', () => {
  test('is waited for once: the write goes on in rounds, and the next ones do not wait', async () => {
    cluster.silence('n1');
    const slow = await passing(cluster.write('n2', 'a', 'v'), 2 * handoverTimeoutMs + 20);
    expect(slow.result).toMatchObject({ outcome: 'won', decision: { ballot: { round: 1, node: 'n2' } } });
    expect(slow.tookMs).toBeGreaterThanOrEqual(handoverTimeoutMs);
    const quick = await passing(cluster.write('n2', 'b', 'v'), handoverTimeoutMs / 2);
    expect(quick.result).toMatchObject({ outcome: 'won' });
    expect(quick.tookMs).toBeLessThan(handoverTimeoutMs / 4);
    expect(sent('handover')).toEqual(['n2>n1']);
  });

  test('leaves the writes of the others to the next in the succession, which decides them in rounds', async () => {
    cluster.silence('n1');
    await passing(cluster.write('n3', 'a', 'v'), 2 * handoverTimeoutMs + 20);
    const { result, tookMs } = await passing(cluster.write('n3', 'b', 'v'), 20);
    expect(result).toMatchObject({ outcome: 'won', decision: { ballot: { round: 1, node: 'n2' } } });
    expect(tookMs).toBeLessThan(10);
    expect(sent('handover')).toEqual(['n3>n1', 'n3>n2']);
    expect(sent('settled')).toEqual(['n2>n3']);
    expect(sent('open')).toEqual([]);
  });

  test('is gone round along with a deputy that is down too', async () => {
    await start(5);
    for (const member of ['n1', 'n2']) cluster.silence(member);
    for (const name of ['a', 'b']) await passing(cluster.write('n5', name, 'v'), handoverTimeoutMs + 20);
    const { result } = await passing(cluster.write('n5', 'c', 'v'), 20);
    expect(result).toMatchObject({ outcome: 'won', decision: { ballot: { round: 1, node: 'n3' } } });
    expect(sent('handover')).toEqual(['n5>n1', 'n5>n2', 'n5>n3']);
  });

  test('is the home again once it answers: nobody opens anything in its place', async () => {
    cluster.silence('n1');
    await passing(cluster.write('n3', 'a', 'v'), 2 * handoverTimeoutMs + 20);
    cluster.unsilence('n1');
    await cluster.clock.pass(1_000);
    const { result } = await passing(cluster.write('n3', 'b', 'v'), 20);
    expect(result).toMatchObject({ outcome: 'won', decision: { ballot: { round: 0, node: 'n1' } } });
    expect(sent('open').every((path) => path.startsWith('n1>'))).toBe(true);
  });
});

async function passing<Answer>(answer: Answer, forMs: number): Promise<Answer> {
  await cluster.clock.pass(forMs);
  return answer;
}
