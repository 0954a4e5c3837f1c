import { describe, expect, test } from 'vitest';
import { settled } from './manual-clock.ts';
import { HEARTBEAT_MS, PEER_SILENT_MS, processOf, world } from './peers-world.ts';

describe('a member is let in', () => {
  test.each([
    [1, 0],
    [3, 1],
    [5, 2],
  ])('of %i, once %i others have welcomed it, and once only', async (members, others) => {
    const { peers, admitted, welcome } = world({ members });
    peers.start();
    peers.letJoin(true);
    for (let welcomed = 0; welcomed < others; welcomed += 1) {
      await settled();
      expect(admitted).toEqual([]);
      await welcome(`n${welcomed + 2}`);
    }
    await settled();
    expect(admitted).toHaveLength(1);
    for (let other = 2; other <= members; other += 1) await welcome(`n${other}`);
    expect(admitted).toHaveLength(1);
  });

  test.each([
    [3, 2],
    [5, 3],
  ])('of %i, with a new store, once %i others have, and that is on its disk', async (members, others) => {
    const { peers, admitted, welcome, answer, helloOf, writes, save } = world({ members, enrolled: false });
    peers.start();
    peers.letJoin(true);
    for (let welcomed = 1; welcomed < others; welcomed += 1) await welcome(`n${welcomed + 1}`);
    expect([admitted, writes]).toEqual([[], []]);
    const last = `n${others + 1}`;
    await answer({ type: 'welcome', sender: processOf(last), hello: helloOf(last) });
    expect(writes.splice(0).map(({ what, finish }) => [what.split(' ')[0], finish()][0])).toEqual([last]);
    await settled();
    expect(writes.map(({ what }) => what)).toEqual(['enrol']);
    expect(admitted).toEqual([]);
    await save();
    expect(admitted).toHaveLength(1);
  });

  test('in no case where its store did not take that it is enrolled', async () => {
    const { peers, admitted, welcome, writes, failures } = world({ enrolled: false });
    peers.start();
    peers.letJoin(true);
    await welcome('n2');
    await welcome('n3');
    const broken = new Error('the disk is gone');
    writes[0]?.fail(broken);
    await settled();
    expect(failures).toEqual([broken]);
    expect(admitted).toEqual([]);
  });

  test('by nobody whom it refuses itself, nor by one that speaks for another', async () => {
    const { peers, admitted, welcome, answer, helloOf, save } = world({
      known: { n2: { storeId: 'lost' } },
    });
    peers.start();
    peers.letJoin(true);
    await welcome('n2');
    await answer({ type: 'welcome', sender: processOf('n2'), hello: helloOf('n3') });
    await save();
    expect(admitted).toEqual([]);
  });

  test('by nobody once it has stopped', async () => {
    const { peers, admitted, welcome } = world();
    peers.start();
    peers.letJoin(true);
    peers.stop();
    await welcome('n2');
    expect(admitted).toEqual([]);
  });
});

describe('a member that is refused', () => {
  test.each(['lost-disk', 'old-copy', 'second-process'] as const)(
    'for %s by one member that it has met stops',
    async (refusal) => {
      const { peers, refused, refuse } = world({ members: 5, known: { n4: {} } });
      peers.start();
      peers.letJoin(true);
      await refuse('n4', refusal);
      expect(refused).toEqual([['n4', refusal]]);
    },
  );

  test.each(['other-cluster', 'not-a-member', 'other-members'] as const)(
    'for %s stops, if its store is new, once those that do not refuse it are no majority',
    async (refusal) => {
      const { peers, refused, refuse } = world({ members: 5, enrolled: false });
      peers.start();
      peers.letJoin(true);
      await refuse('n2', refusal);
      await refuse('n2', refusal);
      await refuse('n3', refusal);
      expect(refused).toEqual([]);
      await refuse('n4', refusal);
      expect(refused).toEqual([['n4', refusal]]);
    },
  );

  test('is not refused any more by one that has welcomed it since', async () => {
    const { peers, refused, refuse, welcome } = world({ members: 5, enrolled: false });
    peers.start();
    peers.letJoin(true);
    await refuse('n2', 'other-members');
    await refuse('n3', 'other-members');
    await welcome('n2');
    await refuse('n4', 'other-members');
    expect(refused).toEqual([]);
  });

  test.each(['lost-disk', 'other-cluster', 'not-a-member', 'other-members', 'other-stores'] as const)(
    'for %s, with an old store, goes on where it has not met those who refuse it, and says so once for each',
    async (refusal) => {
      const { peers, refused, refuse, events } = world();
      peers.start();
      for (const member of ['n2', 'n3', 'n2']) await refuse(member, refusal);
      expect(refused).toEqual([]);
      expect(events.filter(({ type }) => type === 'trouble')).toHaveLength(2);
    },
  );

  test('after it has stopped has stopped already', async () => {
    const { peers, refused, refuse } = world({ known: { n2: {} } });
    peers.start();
    peers.stop();
    await refuse('n2', 'old-copy');
    expect(refused).toEqual([]);
  });
});

test('what was noted of peers and does not reach the disk stops a member', async () => {
  const { peers, clock, store, failures } = world();
  const broken = new Error('the disk is gone');
  store.flushPeers = async () => {
    throw broken;
  };
  peers.start();
  await clock.pass(2 * HEARTBEAT_MS);
  expect(failures).toContain(broken);
});

describe('hellos go out', () => {
  test('to all at the start and at every heartbeat; answers to the last one are not waited for', async () => {
    const { peers, clock, hellos } = world();
    peers.start();
    expect(hellos.map(({ to, message, isStopped }) => [to, message.type, isStopped])).toEqual([
      [undefined, 'hello', false],
    ]);
    await clock.pass(2 * HEARTBEAT_MS);
    expect(hellos.map(({ isStopped }) => isStopped)).toEqual([true, true, false]);
  });

  test('at once where somebody has just started, as long as it is not let in', async () => {
    const { peers, hellos, helloOf, meet, welcome } = world();
    peers.start();
    peers.letJoin(true);
    await meet(helloOf('n2'));
    expect(hellos).toHaveLength(2);
    await meet(helloOf('n2'));
    expect(hellos).toHaveLength(2);
    await welcome('n2');
    await meet(helloOf('n3'));
    expect(hellos).toHaveLength(2);
  });

  test('no more once it has stopped', async () => {
    const { peers, clock, hellos } = world();
    peers.start();
    peers.letJoin(true);
    peers.stop();
    expect(clock.timers).toBe(0);
    await clock.pass(3 * HEARTBEAT_MS);
    expect(hellos.map(({ isStopped }) => isStopped)).toEqual([true]);
  });
});

describe('a peer', () => {
  test('is up while it is heard, and down after a silence', async () => {
    const { peers, clock, events, statusOf } = world({ known: { n2: {} } });
    expect(statusOf('n2')).toMatchObject({ up: false, silentMs: null });
    peers.start();
    await clock.pass(500);
    peers.trusts(processOf('n2'));
    expect(statusOf('n2')).toMatchObject({ up: true, silentMs: 0 });
    await clock.pass(PEER_SILENT_MS - 1);
    expect(statusOf('n2')).toMatchObject({ up: true, silentMs: PEER_SILENT_MS - 1 });
    await clock.pass(1);
    expect(peers.statuses()).toEqual([
      { member: 'n2', up: false, incarnation: 3, silentMs: PEER_SILENT_MS },
      { member: 'n3', up: false, incarnation: null, silentMs: null },
    ]);
    peers.trusts(processOf('n2'));
    expect(events.map(({ type }) => type)).toEqual(['peer-up', 'peer-down', 'peer-up']);
  });

  test('is up by its hello, too', async () => {
    const { events, helloOf, meet, statusOf } = world();
    await meet(helloOf('n2'));
    expect(statusOf('n2')).toMatchObject({ up: true, silentMs: 0 });
    expect(events).toEqual([{ type: 'peer-up', member: 'n2', incarnation: 3 }]);
  });
});

describe('a member that waits for others', () => {
  const whats = (events: readonly { type: string; what?: string }[]) =>
    events.filter(({ type }) => type === 'trouble').map(({ what }) => what);

  test('says whom it has not met, where its store is new and it has waited a while', async () => {
    const { peers, clock, events, welcome } = world({ enrolled: false });
    peers.start();
    peers.letJoin(true);
    await welcome('n2');
    await clock.pass(PEER_SILENT_MS - 1);
    expect(whats(events)).toEqual([]);
    await clock.pass(HEARTBEAT_MS);
    expect(whats(events)).toHaveLength(1);
    expect(whats(events)[0]).toMatch(/2 other members .* has not met n3 yet/);
  });

  test('says nothing where its store is an old one', async () => {
    const { peers, clock, events } = world();
    peers.start();
    peers.letJoin(true);
    await clock.pass(2 * PEER_SILENT_MS);
    expect(whats(events)).toEqual([]);
  });
});
