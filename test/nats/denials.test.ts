import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { denialOf } from '../../src/nats/denials.ts';
import { Embedding, LASTING, troublesIn } from '../support/embedding.ts';
import { rawRead, settleWrite } from '../support/raw.ts';

let embedding: Embedding | undefined;

afterEach(() => embedding?.end());

const ADMIN = '{ user: admin, password: admin }';

/** A server with one user for the member, and one who may do everything. */
function configOf(permissions: string): string {
  return `authorization { users = [ ${ADMIN}, { user: member, password: member, permissions: { ${permissions} } } ] }`;
}

/** What README says that a member needs, as it stands there. */
function documented(): string {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, block] = /```\n(authorization \{[\s\S]*?)```/.exec(readme) ?? [];
  const [, permissions] = /permissions: \{([\s\S]*?)\n {6}\}/.exec(block ?? '') ?? [];
  if (permissions === undefined) throw new Error('README no longer has the permissions of a member');
  return permissions;
}

function without(subject: string): string {
  const all = documented();
  const less = all.replace(`"${subject}", `, '').replace(`, "${subject}"`, '');
  if (less === all) throw new Error(`README does not permit ${subject}`);
  return less;
}

async function begin(permissions: string, members = ['n1']) {
  embedding = await Embedding.begin({ config: configOf(permissions), members });
  const client = await embedding.connect({ ...LASTING, user: 'admin', pass: 'admin' });
  const nats = await embedding.connect({ ...LASTING, user: 'member', pass: 'member' });
  return { client, ...(await embedding.node(nats)) };
}

test('a member with the permissions that README lists serves, publishes and says nothing', {
  timeout: 30_000,
}, async () => {
  const { client, events } = await begin(documented());
  const published: string[] = [];
  client.subscribe('register.decided.>', { callback: (_, { subject }) => void published.push(subject) });
  expect(await settleWrite(client, 'permitted', 'v', 'op')).toMatchObject({ outcome: 'won' });
  expect(await rawRead(client, 'permitted')).toMatchObject({ outcome: 'decided', value: 'v' });
  await expect.poll(() => published).toEqual(['register.decided.permitted']);
  const status = await client.request('$SRV.STATS.register', '', { timeout: 5_000 });
  expect(status.string()).toContain('"state":"serving"');
  expect(troublesIn(events)).toEqual([]);
});

test('one that may not publish decisions says so, once, and serves', { timeout: 30_000 }, async () => {
  const { client, events } = await begin(without('register.decided.>'));
  for (const name of ['a', 'b', 'c', 'd']) {
    expect(await settleWrite(client, `denied.${name}`, 'v', name)).toMatchObject({ outcome: 'won' });
  }
  await expect.poll(() => troublesIn(events)).toHaveLength(1);
  expect(troublesIn(events)[0]).toMatch(
    /publish to register\.decided\.denied\.a\b.*are not published.*registers keep them/,
  );
});

test('one that may not hear the others says so, and not to start them', { timeout: 30_000 }, async () => {
  const { events } = await begin(`subscribe: ["register.>", "$SRV.>", "_register.n1.status.get"], publish: [">"]`, [
    'n1',
    'n2',
    'n3',
  ]);
  await expect.poll(() => troublesIn(events).join()).toMatch(/subscribe to _register\.n1\..*hears no other member/);
  await new Promise((resolve) => setTimeout(resolve, 4_500));
  expect(troublesIn(events).join()).not.toContain('start them');
});

test('one that may not be asked by clients stops, and names what it needs', { timeout: 30_000 }, async () => {
  const { node, events } = await begin(`subscribe: ["_register.>", "$SRV.>"], publish: [">"]`);
  await expect(node.done).rejects.toMatchObject({
    code: 'STELE_SERVICE_STOPPED',
    message: expect.stringMatching(
      /register\.write.*must be able to subscribe to register\.>, _register\.> and \$SRV\.>/,
    ),
  });
  expect(troublesIn(events).join()).toContain('Clients cannot reach this member');
});

test('a subscription between members that is denied is made again once it is permitted', {
  timeout: 60_000,
}, async () => {
  const denied = configOf(`subscribe: ["register.>", "$SRV.>", "_register.n1.status.get"], publish: [">"]`);
  embedding = await Embedding.begin({ config: denied });
  const client = await embedding.connect({ ...LASTING, user: 'admin', pass: 'admin' });
  const { events } = await embedding.node(await embedding.connect({ ...LASTING, user: 'member', pass: 'member' }));
  await expect.poll(() => troublesIn(events).join()).toContain('hears no other member');
  await embedding.server.reload(configOf(documented()));
  const hello = () =>
    client.request('_register.n1.nonsense', 'x', { timeout: 300 }).catch((error: { code?: string }) => error.code);
  // Nobody answers nonsense; that it is heard shows in that NATS no longer says that nobody is there.
  await expect.poll(hello, { timeout: 30_000, interval: 200 }).toBe('TIMEOUT');
});

test.each([
  ['publish', 'register.decided.a.b', 'not published'],
  ['publish', '_register.n2.hello', 'does not reach other members'],
  ['publish', '_INBOX.abc.1', 'client gets no answer'],
  ['publish', 'replies.of.mine', 'client gets no answer'],
  ['subscribe', '_register.n1.*', 'hears no other member'],
  ['subscribe', '_register.n1.reply.session.*', 'hears no other member'],
  ['subscribe', '_register.n1.status.get', 'Clients cannot reach'],
  ['subscribe', 'register.write.>', 'Clients cannot reach'],
  ['subscribe', '$SRV.PING', 'do not see this member'],
] as const)('to %s %s means for a member: %s', (operation, subject, effect) => {
  expect(denialOf({ operation, subject }, 'n1')?.effect).toContain(effect);
});

test('what a host may not subscribe to is no business of the member', () => {
  expect(denialOf({ operation: 'subscribe', subject: 'orders.>' }, 'n1')).toBeUndefined();
});
