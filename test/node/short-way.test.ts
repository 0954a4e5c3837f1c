import { beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import { Cluster } from './cluster.ts';

const { chargeSilentMs, newsDelayMs, probeDelayMs } = DEFAULT_SETTINGS;

/** Of n1, which is the home, and n2 and n3, which stand in for it in that order. */
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

  test('goes along with those of the same moment in one opening, and all become known by the same news', async () => {
    const writes = ['a', 'b', 'c'].map((name) => cluster.write('n1', name, 'v'));
    await cluster.clock.pass(10);
    expect(writes.map(({ result }) => result?.outcome)).toEqual(['won', 'won', 'won']);
    expect(sent('open')).toEqual(['n1>n2', 'n1>n3']);
    expect(sent('opened')).toEqual(['n2>n1', 'n3>n1']);
    await cluster.clock.pass(newsDelayMs + 10);
    expect(sent('open')).toEqual(['n1>n2', 'n1>n3', 'n1>n2', 'n1>n3']);
    for (const store of cluster.stores.values()) expect(store.noted).toEqual(['a', 'b', 'c']);
  });
});

describe('a home that is down', () => {
  test('is stood in for by n2, which decides in rounds', async () => {
    cluster.silence('n1');
    await cluster.clock.pass(2 * chargeSilentMs);
    const { result } = await passing(cluster.write('n2', 'a', 'v'), 20);
    expect(result).toMatchObject({ outcome: 'won', decision: { ballot: { round: 1, node: 'n2' } } });
    expect(sent('open')).toEqual([]);
  });

  test('opens registers again once it is back', async () => {
    cluster.silence('n1');
    await cluster.clock.pass(2 * chargeSilentMs);
    cluster.unsilence('n1');
    await cluster.clock.pass(2 * probeDelayMs);
    const { result } = await passing(cluster.write('n1', 'b', 'v'), 20);
    expect(result).toMatchObject({ outcome: 'won', decision: { ballot: { round: 0, node: 'n1' } } });
  });
});

async function passing<Answer>(answer: Answer, forMs: number): Promise<Answer> {
  await cluster.clock.pass(forMs);
  return answer;
}
