import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { Embedding, LASTING, troublesIn } from '../support/embedding.ts';
import { rawRead, settleWrite } from '../support/raw.ts';

let embedding: Embedding | undefined;

afterEach(() => embedding?.end());

const ALL = 'subscribe: ">", publish: ">"';
const WITHOUT_WRITES = 'subscribe: { allow: ">", deny: "register.write.>" }, publish: ">"';

function configOf(permissions: string): string {
  return `authorization { users = [ { user: admin, password: admin }, { user: member, password: member, permissions: { ${permissions} } } ] }`;
}

async function begin(permissions: string) {
  embedding = await Embedding.begin({ config: configOf(permissions) });
  const client = await embedding.connect({ ...LASTING, user: 'admin', pass: 'admin' });
  const nats = await embedding.connect({ ...LASTING, user: 'member', pass: 'member' });
  return { client, nats, server: embedding.server, ...(await embedding.node(nats)) };
}

test('a service that has lasted is started again when NATS permits its subscriptions again, and serves as before', {
  timeout: 60_000,
}, async () => {
  const { client, node, server, events } = await begin(ALL);
  expect(await settleWrite(client, 'before', 'v', 'op-1')).toMatchObject({ outcome: 'won' });
  // What is ended sooner was never permitted.
  await sleep(5_500);
  await server.reload(configOf(WITHOUT_WRITES));
  await expect.poll(() => troublesIn(events).join(' '), { timeout: 10_000 }).toMatch(/register\.write/);
  await server.reload(configOf(ALL));
  expect(await settleWrite(client, 'after', 'v', 'op-2')).toMatchObject({ outcome: 'won' });
  expect(await rawRead(client, 'before')).toMatchObject({ outcome: 'decided', value: 'v' });
  expect(node.status().state).toBe('serving');
});

test('a service that is denied as it begins ends its member, which says what it must be able to do', {
  timeout: 30_000,
}, async () => {
  const { node } = await begin(WITHOUT_WRITES);
  await expect(node.done).rejects.toMatchObject({
    code: 'STELE_SERVICE_STOPPED',
    message: expect.stringMatching(/nothing that was decided is lost.*A member must be able to/),
  });
});

test('a member that leaves while its service waits to be started again leaves all the same, and nothing is started', {
  timeout: 60_000,
}, async () => {
  const { client, node, nats, server, events } = await begin(ALL);
  expect(await settleWrite(client, 'before', 'v', 'op-1')).toMatchObject({ outcome: 'won' });
  await sleep(5_500);
  await server.reload(configOf(WITHOUT_WRITES));
  await expect.poll(() => troublesIn(events).join(' '), { timeout: 10_000 }).toMatch(/register\.write/);
  await node.drain();
  await server.reload(configOf(ALL));
  await sleep(2_500);
  await client.flush();
  await expect(client.request('register.read.before', '', { timeout: 2_000 })).rejects.toMatchObject({ code: '503' });
  expect(nats.isClosed()).toBe(false);
});
