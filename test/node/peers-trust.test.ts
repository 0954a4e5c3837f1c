import { describe, expect, test } from 'vitest';
import { settled } from './manual-clock.ts';
import { processOf, world } from './peers-world.ts';

describe('a peer is listened to', () => {
  test('once its record is on the disk, and not before', async () => {
    const { peers, helloOf, hear, save } = world();
    const answers = await hear(helloOf('n2'));
    expect(peers.trusts(processOf('n2'))).toBe(false);
    expect(answers).toEqual([]);
    await save();
    expect(peers.trusts(processOf('n2'))).toBe(true);
    expect(answers.map(({ type }) => type)).toEqual(['welcome']);
  });

  test('in its later life once that one’s record is on the disk; until then in the one before', async () => {
    const { peers, helloOf, hear, save } = world({ known: { n2: {} } });
    const later = { incarnation: 4, session: 'later' };
    await hear(helloOf('n2', later));
    expect([peers.trusts(processOf('n2')), peers.trusts(processOf('n2', later))]).toEqual([true, false]);
    await save();
    expect([peers.trusts(processOf('n2')), peers.trusts(processOf('n2', later))]).toEqual([false, true]);
  });

  test('from the start where the store remembers it', () => {
    const { peers } = world({ known: { n2: {} } });
    expect(peers.trusts(processOf('n2'))).toBe(true);
    expect(peers.trusts(processOf('n3'))).toBe(false);
  });

  test.each([
    ['session', { session: 'another' }],
    ['store', { storeId: 'another' }],
    ['start', { incarnation: 2 }],
  ])('only with its very own %s', (_, over) => {
    const { peers, statusOf } = world({ known: { n2: {} } });
    expect(peers.trusts(processOf('n2', over))).toBe(false);
    expect(statusOf('n2')?.up).toBe(false);
  });

  test('in no case where its record was not saved: the member then stops', async () => {
    const { peers, helloOf, hear, writes, failures } = world();
    const answers = await hear(helloOf('n2'));
    const broken = new Error('the disk is gone');
    writes[0]?.fail(broken);
    await settled();
    expect(failures).toEqual([broken]);
    expect(answers).toEqual([]);
    expect(peers.trusts(processOf('n2'))).toBe(false);
  });
});

describe('how far on a peer’s store was', () => {
  const LATER = { incarnation: 4, session: 'later' };

  test('is what the store remembers: one that comes back with less is an old copy, also after a restart', async () => {
    const { helloOf, hear } = world({ known: { n2: { commits: 12 } } });
    const answers = await hear(helloOf('n2', { ...LATER, commits: 11 }));
    expect(answers).toMatchObject([{ type: 'refusal', refusal: 'old-copy' }]);
  });

  test('is learned of every message that is later than what was known, and noted for the disk', async () => {
    const { peers, helloOf, hear, noted } = world({ known: { n2: { commits: 10 } } });
    for (const commits of [12, 11, 12, 14]) peers.trusts(processOf('n2', { commits }));
    expect(noted).toEqual([
      ['n2', 12],
      ['n2', 14],
    ]);
    const answers = await hear(helloOf('n2', { ...LATER, commits: 13 }));
    expect(answers).toMatchObject([{ type: 'refusal', refusal: 'old-copy' }]);
  });

  test('does not go back to what it was when a save of its record began', async () => {
    const { peers, helloOf, hear, save } = world({ known: { n2: { enrolled: false } } });
    await hear(helloOf('n2', {}, true));
    peers.trusts(processOf('n2', { commits: 20 }));
    await save();
    const answers = await hear(helloOf('n2', { ...LATER, commits: 19 }));
    expect(answers).toMatchObject([{ type: 'refusal', refusal: 'old-copy' }]);
  });
});

describe('hellos', () => {
  test('are looked at one after the other: of two processes on copies of one store the second is refused', async () => {
    const { peers, helloOf, hear, save, writes, events } = world();
    const [one, other] = [{ session: 'one' }, { session: 'other' }];
    const first = await hear(helloOf('n2', one));
    const second = await hear(helloOf('n2', other));
    expect(writes).toHaveLength(1);
    await save();
    await save();
    expect(first).toMatchObject([{ type: 'welcome' }]);
    expect(second).toMatchObject([{ type: 'refusal', refusal: 'second-process' }]);
    expect(events).toContainEqual({ type: 'peer-refused', member: 'n2', refusal: 'second-process' });
    expect([peers.trusts(processOf('n2', one)), peers.trusts(processOf('n2', other))]).toEqual([true, false]);
  });

  test('cost a save where there is something new in them: a session, or that the store may vote from now on', async () => {
    const { helloOf, meet, hear, writes } = world({ known: { n2: { enrolled: false } } });
    await hear(helloOf('n2', {}, false));
    expect(writes).toEqual([]);
    await meet(helloOf('n2', {}, true));
    await hear(helloOf('n2', {}, true));
    expect(writes).toEqual([]);
    await hear(helloOf('n2', { incarnation: 4, session: 'later' }));
    expect(writes.map(({ what }) => what)).toEqual(['n2 later 10']);
  });

  test('that say a store may vote are kept: one that says it may not is an older state of it', async () => {
    const { helloOf, meet, hear, writes } = world({ known: { n2: { enrolled: false } } });
    const hearing = hear(helloOf('n2', {}, true));
    await hearing;
    expect(writes).toHaveLength(1);
    await meet(helloOf('n2', {}, true));
    const answers = await hear(helloOf('n2', { incarnation: 4, session: 'later' }, false));
    expect(answers).toMatchObject([{ type: 'refusal', refusal: 'old-copy' }]);
  });

  test('are answered with a hello of the own, by which the other side may meet this one', async () => {
    const { helloOf, meet } = world();
    const [answer] = await meet(helloOf('n2'));
    expect(answer).toMatchObject({
      type: 'welcome',
      hello: { credentials: { member: 'n1', commits: 5 }, enrolled: true, members: ['n1', 'n2', 'n3'] },
    });
  });

  test('of another cluster, or of no member, are told so', async () => {
    const { helloOf, hear, events } = world({ enrolled: false });
    expect(await hear(helloOf('n2', { cluster: 'another' }))).toMatchObject([{ refusal: 'other-cluster' }]);
    expect(await hear(helloOf('n9'))).toMatchObject([{ refusal: 'not-a-member' }]);
    expect(events.map(({ type }) => type)).toEqual(['peer-refused', 'peer-refused']);
  });

  test('of another process under this member’s id are refused, on this store or on another', async () => {
    const { helloOf, hear, writes } = world();
    const twin = { incarnation: 2, session: 'twin' };
    expect(await hear(helloOf('n1', twin))).toMatchObject([{ type: 'refusal', refusal: 'second-process' }]);
    expect(await hear(helloOf('n1', { ...twin, storeId: 'another' }))).toMatchObject([{ refusal: 'other-stores' }]);
    expect(writes).toEqual([]);
  });

  test('of a stranger are told by the stores that this member remembers, and by its own', async () => {
    const remembering = (known: ReturnType<typeof world>, member: string) => ({
      ...known.helloOf('n2'),
      remembers: [{ member, storeId: 'of-another-cluster', enrolled: true }],
    });
    const met = world({ known: { n3: {} } });
    expect(await met.hear(remembering(met, 'n3'))).toMatchObject([{ refusal: 'other-stores' }]);
    const newcomer = world({ enrolled: false });
    expect(await newcomer.hear(remembering(newcomer, 'n1'))).toMatchObject([{ refusal: 'other-stores' }]);
    const { peers, helloOf } = world({ enrolled: false });
    expect(peers.foreign({ ...helloOf('n1', { storeId: 'another' }), enrolled: false })).toBeUndefined();
  });

  test('are of a rival only where this store is new, and another store runs under this member’s id', () => {
    const { peers, helloOf } = world({ enrolled: false });
    expect(peers.isRival(helloOf('n1', { storeId: 'another' }))).toBe(true);
    expect(peers.isRival(helloOf('n1'))).toBe(false);
    expect(peers.isRival(helloOf('n2'))).toBe(false);
    expect(world().peers.isRival(helloOf('n1', { storeId: 'another' }))).toBe(false);
  });

  test('of a lost disk are refused by a store that may vote; one that may not accuses nobody', async () => {
    for (const [enrolled, refusals] of [
      [true, ['lost-disk']],
      [false, []],
    ] as const) {
      const { helloOf, hear, writes } = world({ enrolled, known: { n2: { storeId: 'lost' } } });
      const answers = await hear(helloOf('n2', {}, false));
      expect(answers.map((answer) => answer.type === 'refusal' && answer.refusal)).toEqual(refusals);
      expect(writes).toEqual([]);
    }
  });

  test('are not answered any more once it has stopped', async () => {
    const { peers, helloOf, hear, save } = world();
    const answers = await hear(helloOf('n2'));
    peers.stop();
    await save();
    expect(answers).toEqual([]);
  });
});
