import { expect, test } from 'vitest';
import { HEARTBEAT_MS, processOf, world } from './peers-world.ts';

const STRANGER = { storeId: 'disk-of-another-n2', session: 'other' };
const ALL = { n2: {}, n3: {} };

test('what a stranger under the name of a peer says ends nobody, and is told of once', async () => {
  const { peers, refuse, refused, events } = world({ known: ALL });
  peers.start();
  for (let times = 0; times < 3; times += 1) await refuse('n2', 'lost-disk', STRANGER);
  expect(refused).toEqual([]);
  const troubles = events.filter(({ type }) => type === 'trouble');
  expect(troubles).toMatchObject([{ what: expect.stringContaining('disk-of-another-n2') }]);
});

test('a new store believes who says that another one is known, and goes', async () => {
  const { peers, refuse, refused } = world({ enrolled: false });
  peers.start();
  await refuse('n2', 'lost-disk', STRANGER);
  expect(refused).toEqual([['n2', 'lost-disk']]);
});

test('an enrolled stranger with the id of a peer that was never met is not taken for it, and the real one is', async () => {
  const { helloOf, meet, store } = world({ known: { n3: {} } });
  const fellow = { member: 'n1', storeId: 'disk-of-another-n1', enrolled: true };
  expect(await meet({ ...helloOf('n2', STRANGER), remembers: [fellow] })).toMatchObject([
    { type: 'refusal', refusal: 'other-stores' },
  ]);
  const real = { ...helloOf('n2'), remembers: [{ ...fellow, storeId: store.identity.storeId }] };
  expect(await meet(real)).toMatchObject([{ type: 'welcome' }]);
});

test('a hello tells which stores its sender remembers', () => {
  const { peers } = world({ known: { n3: {} } });
  expect(peers.presence('joining').hello.remembers).toEqual([{ member: 'n3', storeId: 'disk-of-n3', enrolled: true }]);
});

test('a hello counts commits as the store was opened, however many follow: an old copy cannot save until it is let in', async () => {
  const { peers, clock, store, hellos } = world();
  peers.start();
  store.commits = 20;
  await clock.pass(HEARTBEAT_MS);
  const counts = hellos.map(({ message }) =>
    message.type === 'hello' ? message.hello.credentials.commits : undefined,
  );
  expect(counts).toEqual([5, 5]);
});

test('a message counts commits as of now, that of a hello too', async () => {
  const { peers, clock, store, hellos } = world();
  peers.start();
  store.commits = 20;
  await clock.pass(HEARTBEAT_MS);
  expect(hellos.map(({ message }) => message.sender.commits)).toEqual([5, 20]);
});

test('a welcome of a store that gave way to another one counts no more', async () => {
  const { peers, welcome, welcomeOf, helloOf, meet, save, admitted } = world({ enrolled: false });
  peers.start();
  peers.letJoin(true);
  await welcomeOf(helloOf('n2', STRANGER, false));
  await meet(helloOf('n2'));
  await welcome('n3');
  await save();
  expect(admitted).toEqual([]);
  await welcome('n2');
  await save();
  expect(admitted).toHaveLength(1);
});

test('a process that is refused is told of once, however often it says hello', async () => {
  const { helloOf, hear, events } = world({ known: ALL });
  for (let times = 0; times < 3; times += 1) await hear(helloOf('n2', STRANGER));
  expect(events.filter(({ type }) => type === 'peer-refused')).toHaveLength(1);
});

test('the live count of a hello is noted, and what a welcome counts is remembered', async () => {
  const { peers, helloOf, hear, welcome, noted } = world({ known: ALL });
  peers.start();
  await hear(helloOf('n2'), processOf('n2', { commits: 17 }));
  expect(noted).toEqual([['n2', 17]]);
  await welcome('n3', { commits: 19 });
  const later = { session: 'later', incarnation: 4 };
  expect(await hear(helloOf('n3', { ...later, commits: 18 }))).toMatchObject([{ refusal: 'old-copy' }]);
});

test('the count of a process that is not listened to is not noted', async () => {
  const { peers, helloOf, hear, refuse, noted } = world({ known: ALL });
  peers.start();
  await hear(helloOf('n2', STRANGER), processOf('n2', { ...STRANGER, commits: 1_000 }));
  await refuse('n2', 'lost-disk', { ...STRANGER, commits: 1_000 });
  expect(noted).toEqual([]);
});

test('a hello that comes as the member leaves does not reach its store, which may be closed by then', async () => {
  const { peers, helloOf, hear, writes } = world();
  const coming = hear(helloOf('n2'));
  peers.stop();
  expect(await coming).toEqual([]);
  expect(writes).toEqual([]);
});

test('what was noted of peers is flushed at a heartbeat, where no commit of its own took it along', async () => {
  const { peers, clock, store } = world();
  let flushes = 0;
  store.flushPeers = async () => {
    flushes += 1;
  };
  peers.start();
  await clock.pass(HEARTBEAT_MS);
  expect(flushes).toBe(1);
  store.commits += 1;
  await clock.pass(HEARTBEAT_MS);
  expect(flushes).toBe(1);
  await clock.pass(HEARTBEAT_MS);
  expect(flushes).toBe(2);
});
