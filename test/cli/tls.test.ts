import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectClient } from '../../src/cli/connect/connection.ts';
import type { NatsFlags } from '../../src/cli/options.ts';
import { Certificates } from '../support/certificates.ts';
import { type NatsServer, startNatsServer } from '../support/nats-server.ts';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.ts';
import { Undo } from '../support/undo.ts';
import { freePort, temporaryDirectory } from './support.ts';

const undo = new Undo();
let certificates: Certificates;
let client: { cert: string; key: string };
let secure: NatsServer;
let choosy: NatsServer;
let plain: RecordingServer;

async function tlsServer(name: string, names: string, more = ''): Promise<NatsServer> {
  const { cert, key } = certificates.issue(name, names);
  const authorization = 'authorization { user: alice, password: top-secret }';
  const config = `tls { cert_file: "${cert}", key_file: "${key}" ${more} }\n${authorization}`;
  const server = await startNatsServer({ config });
  undo.add(() => server.stop());
  return server;
}

beforeAll(async () => {
  certificates = new Certificates(await temporaryDirectory());
  client = certificates.issue('client', 'DNS:client');
  secure = await tlsServer('server', 'DNS:localhost,IP:127.0.0.1');
  choosy = await tlsServer('choosy', 'IP:127.0.0.1', `, ca_file: "${certificates.authority}", verify: true`);
  plain = await startRecordingServer();
  undo.add(() => plain.close());
});
afterAll(() => undo.all());

/** Connects and closes again; throws what a command would say. */
async function tryOut(flags: NatsFlags): Promise<string> {
  try {
    const connection = await connectClient(flags, 'test');
    await connection.close();
    return 'connected';
  } catch (error) {
    return `${(error as { code?: string }).code} ${(error as Error).message}`;
  }
}

describe('a demand for TLS', () => {
  test.each([
    ['tls:// in the URL', (port: number) => ({ nats: `tls://alice:top-secret@127.0.0.1:${port}` })],
    [
      'tls:// of another server',
      (port: number) => ({ nats: `nats://alice:top-secret@127.0.0.1:${port},tls://alice:top-secret@127.0.0.1:1` }),
    ],
    [
      'tls:// of another server with another user',
      (port: number) => ({ nats: `nats://alice:top-secret@127.0.0.1:${port},tls://bob:top-secret@127.0.0.1:1` }),
    ],
    [
      '--tls-ca',
      (port: number) => ({ nats: `nats://alice:top-secret@127.0.0.1:${port}`, tlsCa: certificates.authority }),
    ],
    [
      '--tls-cert',
      (port: number) => ({ nats: `alice:top-secret@127.0.0.1:${port}`, tlsCert: client.cert, tlsKey: client.key }),
    ],
  ])('by %s is not dropped: a server without TLS hears nothing at all', async (_, flags) => {
    expect(await tryOut(flags(plain.port))).toMatch(/STELE_NATS_TURNED_AWAY .*does not offer TLS/);
    expect(plain.heard()).toBe('');
  });

  test.each([
    ['nats', { tls_required: true }],
    ['tls', { tls_required: true }],
    ['tls', { tls_available: true }],
  ])('a server that says it has TLS and does not (%s:// %j) hears no password', async (scheme, info) => {
    const liar = await startRecordingServer(info);
    undo.add(() => liar.close());
    const said = await tryOut({ nats: `${scheme}://alice:top-secret@127.0.0.1:${liar.port}` });
    expect(said).toMatch(/STELE_NATS_/);
    expect(liar.heard()).not.toBe('');
    expect(liar.heard()).not.toMatch(/alice|top-secret/);
  });

  test('is met by a server that has it, by name and by address', async () => {
    const tlsCa = certificates.authority;
    for (const host of ['localhost', '127.0.0.1']) {
      expect(await tryOut({ nats: `tls://alice:top-secret@${host}:${secure.port}`, tlsCa })).toBe('connected');
    }
    expect(await tryOut({ nats: `nats://alice:top-secret@127.0.0.1:${secure.port}`, tlsCa })).toBe('connected');
  });

  test('without one, a server may demand it itself', async () => {
    const nats = `nats://alice:top-secret@localhost:${secure.port}`;
    expect(await tryOut({ nats })).toMatch(/certificate cannot be verified/);
  });
});

describe('a server that cannot be trusted, or does not trust us', () => {
  test('is named with its cause', async () => {
    const tls = `tls://alice:top-secret@127.0.0.1:${secure.port}`;
    expect(await tryOut({ nats: tls })).toMatch(/STELE_NATS_TURNED_AWAY .*certificate cannot be verified.*--tls-ca/);
    const other = await tlsServer('other', 'DNS:elsewhere.example');
    const misnamed = { nats: `tls://alice:top-secret@127.0.0.1:${other.port}`, tlsCa: certificates.authority };
    expect(await tryOut(misnamed)).toMatch(/certificate is for another host name/);
    const wrong = { nats: `tls://alice:wrong@127.0.0.1:${secure.port}`, tlsCa: certificates.authority };
    expect(await tryOut(wrong)).toMatch(/STELE_NATS_TURNED_AWAY .*turned the user away/);
  });

  test('one that wants a client certificate is content with --tls-cert, and says so without', async () => {
    const flags = { nats: `tls://alice:top-secret@127.0.0.1:${choosy.port}`, tlsCa: certificates.authority };
    expect(await tryOut(flags)).toMatch(/client certificate.*--tls-cert/);
    expect(await tryOut({ ...flags, tlsCert: client.cert, tlsKey: client.key })).toBe('connected');
  });
});

describe('a server that is none', () => {
  test.each([
    ['closes at once', (socket: { destroy(): void }) => void socket.destroy(), /closed the connection/],
    [
      'speaks something else',
      (socket: { end(text: string): void }) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      /not a NATS server/,
    ],
    ['says nothing', () => undefined, /no answer in time/],
  ])('and %s is named with its cause', async (_, serve, message) => {
    const server = createServer(serve);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    undo.add(() => server.close());
    const { port } = server.address() as { port: number };
    expect(await tryOut({ nats: `nats://alice:top-secret@127.0.0.1:${port}` })).toMatch(message);
  });

  test('is not there, or not known', async () => {
    expect(await tryOut({ nats: `nats://127.0.0.1:${await freePort()}` })).toMatch(/nothing listens there/);
    expect(await tryOut({ nats: 'nats://no-such-host.invalid' })).toMatch(
      /host name (is not known|could not be looked up)/,
    );
    const both = `nats://127.0.0.1:${await freePort()},nats://alice:wrong@localhost:${secure.port}`;
    expect(await tryOut({ nats: both })).toMatch(/nothing listens there; nats:\/\/localhost:\d+: its certificate/);
  });
});
