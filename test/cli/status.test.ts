import { type ConnectionOptions, connect, type NatsConnection } from 'nats';
import { afterEach, describe, expect, test } from 'vitest';
import { answersOf } from '../../src/cli/status/choice.ts';
import { gatherStatus } from '../../src/cli/status/gather.ts';
import { reportOf } from '../../src/cli/status/report.ts';
import { tableOf } from '../../src/cli/status/table.ts';
import type { MemberStatus, ServiceStatus } from '../../src/contract/status.ts';
import { startRegisterService } from '../../src/nats/service/service.ts';
import { FakeMember } from '../support/fake-member.ts';
import { startGate } from '../support/gate.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { Undo } from '../support/undo.ts';
import { run } from './support.ts';

const undo = new Undo();
afterEach(() => undo.all());

class Saying extends FakeMember {
  readonly #given: Partial<MemberStatus>;

  constructor(given: Partial<MemberStatus>) {
    super();
    this.#given = given;
  }

  override status(): MemberStatus {
    return { ...super.status(), ...this.#given };
  }
}

async function natsServer(config?: string) {
  const server = await startNatsServer(config === undefined ? {} : { config });
  undo.add(() => server.stop());
  return server;
}

async function connectTo(url: string, options: ConnectionOptions = {}): Promise<NatsConnection> {
  const connection = await connect({ servers: url, ...options });
  undo.add(() => connection.close());
  return connection;
}

/** Members of one cluster, each a process of its own as far as NATS can tell. */
async function cluster(url: string, prefix: string, given: Partial<MemberStatus>, ids = ['n1', 'n2', 'n3']) {
  for (const member of ids) {
    const connection = await connectTo(url);
    const service = await startRegisterService({
      connection,
      prefix,
      member: new Saying({ member, storeId: `${prefix}-${given.cluster}-${member}`, ...given }),
      settings: { valueBytesMax: 65_536 },
      newOpId: () => 'op',
      version: '1.2.3',
    });
    service.open();
    await connection.flush();
  }
}

async function answers(url: string): Promise<ServiceStatus[]> {
  return await gatherStatus(await connectTo(url), 2_000);
}

const LIMIT_MS = 60_000;

describe('one prefix and one cluster', () => {
  test(
    'the service of another prefix is not taken for one that is stopped (3), and is found by its prefix (0)',
    async () => {
      const { url } = await natsServer();
      await cluster(url, 'other', { cluster: 'stele' });
      const [stopped, other] = await Promise.all([
        run(['status', '--nats', url]),
        run(['status', '--nats', url, '--prefix', 'other', '--json']),
      ]);
      expect(stopped).toMatchObject({ code: 3, stdout: '' });
      expect(stopped.stderr).toMatch(/on the prefix register.*--prefix other --cluster stele/);
      expect(other.code).toBe(0);
      expect(JSON.parse(other.stdout)).toMatchObject({ prefix: 'other', cluster: 'stele', quorum: true, clash: null });
    },
    LIMIT_MS,
  );

  test('two of different names on one prefix: one must be chosen, and is shown alone', async () => {
    const { url } = await natsServer();
    await cluster(url, 'register', { cluster: 'red' });
    await cluster(url, 'register', { cluster: 'blue' }, ['n1']);
    const all = await answers(url);
    expect(() => answersOf(all, 'register', undefined)).toThrow(/--cluster \(blue, red\)/);
    expect(reportOf(answersOf(all, 'register', 'red'))).toMatchObject({ quorum: true, serving: 3 });
    expect(reportOf(answersOf(all, 'register', 'blue'))).toMatchObject({ quorum: false, serving: 1 });
    expect(() => answersOf(all, 'register', 'green')).toThrow(/No member of the cluster green/);
  });

  test('two of one name and other members are a clash, and no quorum', async () => {
    const { url } = await natsServer();
    await cluster(url, 'register', { cluster: 'stele' }, ['n1', 'n2']);
    await cluster(url, 'register', { cluster: 'stele', members: ['n3'] }, ['n3']);
    const report = reportOf(answersOf(await answers(url), 'register', undefined));
    expect(report).toMatchObject({ quorum: false, clash: expect.stringContaining('of n1, n2, n3; of n3') as string });
    expect(tableOf(report)).toMatch(/^clash: .*\nquorum: no,/m);
  });

  test('two of one name and equal members, on other stores, are a clash, and no quorum', async () => {
    const { url } = await natsServer();
    await cluster(url, 'register', { cluster: 'stele' }, ['n1', 'n2']);
    await cluster(url, 'register', { cluster: 'stele', storeId: 'another' }, ['n1', 'n2']);
    const report = reportOf(answersOf(await answers(url), 'register', undefined));
    expect(report).toMatchObject({
      quorum: false,
      clash: expect.stringMatching(/from two different stores/) as string,
    });
    expect(tableOf(report)).toContain('store another');
  });

  test('a clash that a member itself hears of is shown, and no quorum', async () => {
    const { url } = await natsServer();
    const clash = 'the cluster blue serves on this prefix too';
    await cluster(url, 'register', { cluster: 'stele', clash } as Partial<MemberStatus>);
    const report = reportOf(answersOf(await answers(url), 'register', undefined));
    expect(report).toMatchObject({ quorum: false, clash: `n1 says: ${clash}` });
  });
});

describe('what keeps it from an answer is named, and the service is not called absent', () => {
  test(
    'a user who may not ask (3)',
    async () => {
      const server = await natsServer(
        'authorization { users: [ { user: m, password: m }, { user: u, password: u, permissions: { publish: ["register.>"] } } ] }',
      );
      await cluster(`nats://127.0.0.1:${server.port}`, 'register', {}, []);
      const { code, stderr } = await run([
        'status',
        '--nats',
        `nats://u:u@127.0.0.1:${server.port}`,
        '--timeout',
        '30000',
      ]);
      expect(code).toBe(3);
      expect(stderr).toMatch(/does not permit this user to publish on \$SRV\.STATS\.register/);
      expect(stderr).not.toContain('service is not');
    },
    LIMIT_MS,
  );

  test('a user who may not hear the answers', async () => {
    const { port } = await natsServer(
      'authorization { users: [ { user: u, password: u, permissions: { subscribe: ["x"] } } ] }',
    );
    const connection = await connectTo(`127.0.0.1:${port}`, { user: 'u', pass: 'u' });
    await expect(gatherStatus(connection, 30_000)).rejects.toThrow(
      /does not permit this user to (subscribe|be answered)/,
    );
  });

  test(
    'a wrong password (3), which is not shown',
    async () => {
      const { port } = await natsServer('authorization { user: u, password: right }');
      const nats = `nats://u:wrong-secret@127.0.0.1:${port}`;
      const { code, stdout, stderr } = await run(['status', '--json'], { env: { STELE_NATS: nats, STELE_DEBUG: '1' } });
      expect(code).toBe(3);
      expect(JSON.parse(stdout)).toMatchObject({ code: 403, reason: 'STELE_NATS_TURNED_AWAY' });
      expect(stderr).toMatch(/turned the user away/);
      expect(`${stdout}${stderr}`).not.toContain('wrong-secret');
    },
    LIMIT_MS,
  );

  test('a connection that is lost meanwhile', async () => {
    const { port } = await natsServer();
    const gate = await startGate(port);
    undo.add(() => gate.close());
    const connection = await connectTo(gate.url);
    const listener = await connectTo(`127.0.0.1:${port}`);
    const asked = new Promise<void>((resolve) => {
      listener.subscribe('$SRV.STATS.register', { callback: () => resolve() });
    });
    await listener.flush();
    const gathering = gatherStatus(connection, 30_000);
    await asked;
    gate.shut();
    await expect(gathering).rejects.toThrow(/connection to NATS was lost/);
  });
});

test('the row of a store that two processes share is no clash', () => {
  const one = { ...new FakeMember().status(), prefix: 'register', clash: null };
  expect(reportOf([one, { ...one, incarnation: 8 }])).toMatchObject({ clash: null, serving: 1 });
});
