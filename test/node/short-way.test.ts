import { beforeEach, describe, expect, test } from 'vitest';
import type { ReadResult, WriteResult } from '../../src/contract/outcomes.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import { Cluster } from './cluster.ts';

const { chargeSilentMs, newsDelayMs, operationTimeoutMs, probeDelayMs } = DEFAULT_SETTINGS;

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

describe('while the home and its first deputy are down', () => {
  test.each([3, 5])(
    'of %i members nobody else stands in but n3, and only where a majority is left',
    async (members) => {
      await start(members);
      await cluster.clock.pass(probeDelayMs);
      cluster.silence('n1');
      cluster.silence('n2');
      await cluster.clock.pass(4 * chargeSilentMs);
      expect(cluster.inCharge).toEqual(['n1', 'n2', 'n3']);
      const { result } = await passing(cluster.write('n3', 'r', 'v'), operationTimeoutMs + 20);
      expect(result).toMatchObject(
        members === 5 ? { outcome: 'won', decision: { ballot: { round: 1, node: 'n3' } } } : { outcome: 'unknown' },
      );
    },
  );
});

describe('of writes of one register at about the same moment', () => {
  test.each([
    ['n1', 'n2'],
    ['n1', 'n3'],
    ['n2', 'n3'],
    ['n5', 'n4'],
  ])(
    'one wins at %s or %s, however close they are, and everyone who wrote or reads learns its value',
    async (one, other) => {
      await start(5);
      for (let apartMs = 0; apartMs <= 5; apartMs += 1) {
        const name = `r${apartMs}`;
        const writes = [cluster.write(one, name, 'a')];
        await cluster.clock.pass(apartMs);
        writes.push(cluster.write(other, name, 'b'));
        await cluster.clock.pass(operationTimeoutMs / 2);
        expect(writes.map(({ result }) => result?.outcome).sort()).toEqual(['lost', 'won']);
        const winner = writes[0]?.result?.outcome === 'won' ? 'a' : 'b';
        const decisions = [...writes.map(({ result }) => textOf(result)), ...(await decided(name))];
        expect(decisions).toEqual(Array(7).fill(winner));
      }
    },
  );

  test('one wins though the home cannot be heard by the other any more', async () => {
    await start(5);
    const first = cluster.write('n1', 'r', 'a');
    await cluster.clock.pass(1);
    // Its opening has arrived by now, and no answer reaches it.
    cluster.silence('n1');
    await cluster.clock.pass(10);
    const second = await passing(cluster.write('n2', 'r', 'b'), 100);
    expect(second.result).toMatchObject({ outcome: 'lost' });
    expect(textOf(second.result)).toBe('a');
    await cluster.clock.pass(operationTimeoutMs);
    expect(first.result).toEqual({ outcome: 'unknown' });
  });

  test('those at one member share what comes of it: one wins, and the other learns it', async () => {
    const writes = [cluster.write('n1', 'r', 'a'), cluster.write('n1', 'r', 'b')];
    await cluster.clock.pass(10);
    expect(writes.map(({ result }) => [result?.outcome, textOf(result)])).toEqual([
      ['won', 'a'],
      ['lost', 'a'],
    ]);
    expect(sent('open')).toEqual(['n1>n2', 'n1>n3']);
  });
});

describe('a member that leaves in good order', () => {
  test('and is the home has n2 take the writes, and what was acknowledged stays readable', async () => {
    await passing(cluster.write('n1', 'a', 'v'), 10);
    const leaving = cluster.leave('n1');
    await cluster.clock.pass(20);
    expect([leaving.hasLeft, cluster.inCharge, cluster.serving]).toEqual([true, ['n2'], ['n2', 'n3']]);
    const { result } = await passing(cluster.write('n2', 'b', 'v'), 20);
    expect(result).toMatchObject({ outcome: 'won', decision: { ballot: { round: 1, node: 'n2' } } });
    const { result: read } = await passing(cluster.read('n3', 'a'), 100);
    expect(read).toMatchObject({ outcome: 'decided' });
  });

  test('and stands in has n3 take them', async () => {
    await start(5);
    await cluster.clock.pass(probeDelayMs);
    for (const name of ['n1', 'n2']) {
      const leaving = cluster.leave(name);
      await cluster.clock.pass(1_000);
      expect(leaving.hasLeft).toBe(true);
    }
    // What has left answers nothing, so that n3 finds out of n1 by its silence.
    await cluster.clock.pass(chargeSilentMs);
    expect(cluster.inCharge).toEqual(['n3']);
    const { result } = await passing(cluster.write('n3', 'r', 'v'), 20);
    expect(result).toMatchObject({ outcome: 'won' });
  });

  test('finishes the writes that are under way at it', async () => {
    const write = cluster.write('n1', 'r', 'v');
    const leaving = cluster.leave('n1');
    await cluster.clock.pass(20);
    expect([write.result?.outcome, leaving.hasLeft]).toEqual(['won', true]);
  });
});

/** What a read at each of the members says. */
async function decided(name: string): Promise<(string | undefined)[]> {
  const reads = cluster.serving.map((at) => cluster.read(at, name));
  await cluster.clock.pass(100);
  return reads.map(({ result }) => textOf(result));
}

function textOf(result: ReadResult | WriteResult | undefined): string | undefined {
  if (result === undefined || !('decision' in result)) return undefined;
  return Buffer.from(result.decision.proposal.value).toString();
}

async function passing<Answer>(answer: Answer, forMs: number): Promise<Answer> {
  await cluster.clock.pass(forMs);
  return answer;
}
