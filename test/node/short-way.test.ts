import { beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import { Cluster } from './cluster.ts';

const { handoverTimeoutMs, newsDelayMs } = DEFAULT_SETTINGS;

let cluster: Cluster;

beforeEach(async () => {
  cluster = new Cluster();
  await cluster.start();
});

/** Messages of a type since it was last asked, as `from>to`. */
function sent(type: string): string[] {
  return cluster.sent.filter(([, , sentType]) => sentType === type).map(([from, to]) => `${from}>${to}`);
}

describe('a write at the home of its register', () => {
  test('takes one round trip, and no phase 1', async () => {
    const [name = ''] = cluster.namesAt('n1', 1);
    const { result, tookMs } = await passing(cluster.write('n1', name, 'v'), 10);
    expect(result).toMatchObject({ outcome: 'won', decision: { ballot: { round: 0, node: 'n1', incarnation: 1 } } });
    expect(tookMs).toBe(2);
    expect(sent('open')).toEqual(['n1>n2', 'n1>n3']);
    expect(sent('requests')).toEqual([]);
  });

  test('is known to all members soon after, which have it noted in their stores', async () => {
    const [name = ''] = cluster.namesAt('n1', 1);
    await passing(cluster.write('n1', name, 'v'), newsDelayMs + 10);
    for (const store of cluster.stores.values()) expect(store.noted).toEqual([name]);
    const asked = sent('requests').length;
    const { result } = await passing(cluster.read('n3', name), 10);
    expect(result).toMatchObject({ outcome: 'decided' });
    expect(sent('requests')).toHaveLength(asked);
  });
});

describe('a write at another member', () => {
  test('is handed to the home, and wins there', async () => {
    const [name = ''] = cluster.namesAt('n2', 1);
    const { result } = await passing(cluster.write('n1', name, 'v'), 10);
    expect(result).toMatchObject({ outcome: 'won', decision: { ballot: { round: 0, node: 'n2' } } });
    expect(sent('handover')).toEqual(['n1>n2']);
    expect(sent('requests')).toEqual([]);
  });

  test('that loses there is told what was decided', async () => {
    const [name = ''] = cluster.namesAt('n2', 1);
    const writes = ['n1', 'n2', 'n3'].map((member) => cluster.write(member, name, `by-${member}`));
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
    const [first = '', second = ''] = cluster.namesAt('n3', 2);
    cluster.silence('n3');
    const slow = await passing(cluster.write('n1', first, 'v'), 2 * handoverTimeoutMs + 20);
    expect(slow.result).toMatchObject({ outcome: 'won', decision: { ballot: { round: 1, node: 'n1' } } });
    expect(slow.tookMs).toBeGreaterThanOrEqual(handoverTimeoutMs);
    const quick = await passing(cluster.write('n1', second, 'v'), handoverTimeoutMs / 2);
    expect(quick.result).toMatchObject({ outcome: 'won' });
    expect(quick.tookMs).toBeLessThan(handoverTimeoutMs / 4);
    expect(sent('handover')).toEqual(['n1>n3']);
  });

  test('does not hold up what belongs to the others', async () => {
    const [name = ''] = cluster.namesAt('n2', 1);
    cluster.silence('n3');
    const { result, tookMs } = await passing(cluster.write('n1', name, 'v'), 20);
    expect(result).toMatchObject({ outcome: 'won', decision: { ballot: { round: 0, node: 'n2' } } });
    expect(tookMs).toBeLessThan(10);
  });
});

async function passing<Answer>(answer: Answer, forMs: number): Promise<Answer> {
  await cluster.clock.pass(forMs);
  return answer;
}
