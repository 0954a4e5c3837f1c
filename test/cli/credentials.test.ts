import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { type NatsConnection, nkeys } from 'nats';
import { afterEach, describe, expect, test } from 'vitest';
import { parseAccess } from '../../src/cli/connect/access.ts';
import { connectClient, connectMember } from '../../src/cli/connect/connection.ts';
import { BadInputError } from '../../src/contract/errors.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { operatorMode } from '../support/nats-users.ts';
import { startRecordingServer } from '../support/recording-server.ts';
import { Undo } from '../support/undo.ts';
import { freePort, temporaryDirectory, until } from './support.ts';

const undo = new Undo();
afterEach(() => undo.all());

async function natsServer(config: string, port?: number) {
  const server = await startNatsServer({ config, ...(port === undefined ? {} : { port }) });
  undo.add(() => server.stop());
  return server;
}

async function recorder(info?: Record<string, unknown>) {
  const server = await startRecordingServer(info);
  undo.add(() => server.close());
  return server;
}

function kept(connection: NatsConnection): NatsConnection {
  undo.add(() => connection.close());
  return connection;
}

const never = new AbortController().signal;
const member = (nats: string) => connectMember(parseAccess({ nats }), 'test', never);

function userConfig(user: string, password: string): string {
  return `authorization { user: ${JSON.stringify(user)}, password: ${JSON.stringify(password)} }`;
}

async function fileWith(content: string): Promise<string> {
  const file = join(await temporaryDirectory(), 'file');
  await writeFile(file, content);
  return file;
}

describe('credentials belong to their server', () => {
  test('each of two servers is shown its own user, at the start and after the other is gone', async () => {
    const first = await natsServer(userConfig('alice', 'one/one'));
    const second = await natsServer(userConfig('bob', 'two@two'));
    const urls = [`nats://alice:one/one@127.0.0.1:${first.port}`, `nats://bob:two@two@127.0.0.1:${second.port}`];
    const connection = kept(await member(urls.join(',')));
    const [here, there] = connection.getServer().endsWith(`:${first.port}`) ? [first, second] : [second, first];
    await here.stop();
    await until(() => connection.getServer() === `127.0.0.1:${there.port}`);
    await connection.flush();
    expect(kept(await connectClient({ nats: urls.join(',') }, 'test')).isClosed()).toBe(false);
  });

  test('a server is never shown what is for another one, also where that is not there', async () => {
    const open = await recorder();
    const gone = await freePort();
    const urls = `nats://alice:first-secret@127.0.0.1:${gone},nats://bob:second-secret@127.0.0.1:${open.port},nats://127.0.0.1:${gone + 1 > 65_535 ? 1 : gone + 1}`;
    for (let times = 0; times < 5; times += 1) kept(await connectClient({ nats: urls }, 'test'));
    kept(await member(urls));
    expect(open.heard()).toContain('second-secret');
    expect(open.heard()).not.toContain('first-secret');
  });

  test('a server whose URL has no user is shown none', async () => {
    const open = await recorder();
    const urls = `nats://alice:first-secret@127.0.0.1:${await freePort()},nats://127.0.0.1:${open.port}`;
    // Which of them is tried first is left to chance.
    for (let times = 0; times < 10; times += 1) kept(await connectClient({ nats: urls }, 'test'));
    expect(open.heard()).toContain('CONNECT');
    expect(open.heard()).not.toMatch(/secret|alice/);
  });

  test('a server that another server names is shown nothing that is not for all', async () => {
    const told = await recorder();
    const teller = await recorder({ connect_urls: [`127.0.0.1:${told.port}`] });
    const urls = `nats://alice:first-secret@127.0.0.1:${teller.port},nats://bob:second-secret@127.0.0.1:${await freePort()}`;
    const connection = kept(await member(urls));
    const reconnected = (async () => {
      for await (const { type } of connection.status()) if (type === 'reconnect') return;
    })();
    await connection.reconnect();
    await reconnected;
    expect(told.heard()).toBe('');
  });
});

describe('ways to be let in', () => {
  test('a password with everything in it that URLs are cut at', async () => {
    const password = 'a/b,c@d:e#f?g h%i é✓"\\';
    const server = await natsServer(userConfig('alice', password));
    const url = `nats://alice:${encodeURIComponent(password)}@127.0.0.1:${server.port}`;
    kept(await connectClient({ nats: url }, 'test'));
  });

  test('user and password, or a token, from the environment, where the URL has none', async () => {
    const server = await natsServer(userConfig('alice', 'secret'));
    const nats = `nats://127.0.0.1:${server.port}`;
    const access = parseAccess({ nats }, { STELE_NATS_USER: 'alice', STELE_NATS_PASSWORD: 'secret' });
    kept(await connectMember(access, 'test', never));
    const guarded = await natsServer('authorization { token: "tok%en" }');
    const byToken = parseAccess({ nats: `nats://127.0.0.1:${guarded.port}` }, { STELE_NATS_TOKEN: 'tok%en' });
    kept(await connectMember(byToken, 'test', never));
  });

  test('a credentials file, which is read again when it was changed', async () => {
    const [one, two] = [operatorMode(), operatorMode()];
    const file = await fileWith(one.creds);
    const server = await natsServer(one.config);
    const access = parseAccess({ nats: `nats://127.0.0.1:${server.port}`, creds: file });
    const connection = kept(await connectMember(access, 'test', never));
    await writeFile(file, two.creds);
    await server.stop();
    await natsServer(two.config, server.port);
    await connection.flush().catch(() => connection.flush());
    // What is no credentials file at the moment does not count.
    await writeFile(file, 'half');
    kept(await connectMember(access, 'test', never));
  });

  test('the seed of an NKey in a file', async () => {
    const user = nkeys.createUser();
    const file = await fileWith(`${Buffer.from(user.getSeed()).toString()}\n`);
    const server = await natsServer(`authorization { users: [ { nkey: ${user.getPublicKey()} } ] }`);
    kept(await connectClient({ nats: `nats://127.0.0.1:${server.port}`, nkey: file }, 'test'));
  });
});

describe('what will not do is bad input, and is not repeated', () => {
  const seed = Buffer.from(nkeys.createUser().getSeed()).toString();
  const nats = 'nats://127.0.0.1:1';
  test.each([
    [{ creds: seed }, {}, /--creds .* there is no such file/],
    [{ creds: import.meta.dirname }, {}, /--creds .* it is a directory/],
    [{ creds: import.meta.filename }, {}, /--creds .* is not a credentials file/],
    [{ nkey: seed }, {}, /--nkey .* there is no such file/],
    [{ nkey: import.meta.filename }, {}, /--nkey .* is not the seed/],
    [{ tlsCa: seed }, {}, /--tls-ca .* there is no such file/],
    [{ tlsCa: import.meta.filename }, {}, /--tls-ca .* holds no certificate/],
    [{ tlsCert: import.meta.filename }, {}, /--tls-cert and --tls-key go together/],
    [{ tlsCert: import.meta.filename, tlsKey: import.meta.filename }, {}, /not a certificate and its key/],
    [{ creds: import.meta.filename, nkey: import.meta.filename }, {}, /Choose one/],
    [{}, { STELE_NATS_USER: 'alice' }, /go together/],
    [{}, { STELE_NATS_PASSWORD: seed }, /go together/],
    [{}, { STELE_NATS_TOKEN: seed, STELE_NATS_USER: 'a' }, /Choose one/],
  ])('number %#', (flags, environment, message) => {
    let said = '';
    try {
      parseAccess({ nats, ...flags }, environment);
    } catch (error) {
      expect(error).toBeInstanceOf(BadInputError);
      said = inspect(error, { depth: 9 });
    }
    expect(said).toMatch(message);
    expect(said).not.toContain(seed);
  });

  test('a credentials file beside a user in the URL', async () => {
    const creds = await fileWith(operatorMode().creds);
    expect(() => parseAccess({ nats: 'nats://alice:secret@h', creds })).toThrow(/Choose one/);
    expect(await readFile(creds, 'utf8')).toContain('JWT');
  });
});

test('no secret is in what a failed connection says, nor in its causes', async () => {
  const port = await freePort();
  const userInfo = fc
    .string({ minLength: 4, maxLength: 20, unit: 'grapheme-ascii' })
    .filter((text) => /[^0-9a-z ]/i.test(text));
  await fc.assert(
    fc.asyncProperty(userInfo, userInfo, fc.boolean(), async (user, pass, isRaw) => {
      const write = isRaw ? (text: string) => text : encodeURIComponent;
      const nats = `nats://${write(user)}:${write(pass)}@127.0.0.1:${port}`;
      const failure = await connectClient({ nats }, 'test').catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Error);
      const said = inspect(failure, { depth: 9 });
      // A path or an example may hold four characters by chance.
      const innocent = inspect(
        await connectClient({ nats: `127.0.0.1:${port}` }, 'test').catch((error: unknown) => error),
        { depth: 9 },
      );
      const example = inspect(await connectClient({ nats: 'nats://%@h' }, 'test').catch((error: unknown) => error));
      for (const secret of [user, pass])
        if (!`${innocent}${example}`.includes(secret)) expect(said).not.toContain(secret);
    }),
    { numRuns: 60 },
  );
});
