import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, startScript } from '../cli/support.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { createProject, type Project } from './project.ts';

const README_URL = 'nats://127.0.0.1:4222';

let project: Project;
let example: string;
beforeAll(async () => {
  project = await createProject();
  const page = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8');
  const examples = [...page.matchAll(/^```ts\n(.*?)^```/gms)].map(([, text = '']) => text);
  [example = ''] = examples;
  for (const [index, text] of examples.entries()) await project.write(`readme-${index}.ts`, text);
  await project.write('everything.ts', EVERYTHING);
});
afterAll(() => project.remove());

/** What a program does with the rest of the library, and what API.md shows. */
const EVERYTHING = `
import { connect, type NatsConnection } from 'nats';
import { createRegisters, type Registers, RefusedError, SteleError, type WatchItem } from 'stele';
import type { SteleNode } from 'stele/node';

export async function use(connection: NatsConnection, node: SteleNode): Promise<string> {
  const registers: Registers = createRegisters(connection, { prefix: 'other' });
  for await (const decision of registers.watch('orders.>')) console.log(decision.name, decision.value);
  for await (const item of registers.watch()) show(item);
  const { winner } = await registers.waitFor('a', { timeoutMs: 1, signal: AbortSignal.timeout(1) });
  const error: unknown = await registers.find('a').catch((thrown: unknown) => thrown);
  if (error instanceof RefusedError) return String(error.status);
  return error instanceof SteleError ? error.code : winner + node.status().member;
}
function show(item: WatchItem): number {
  return item.type === 'gap' ? item.toMs - item.fromMs : item.bytes.length;
}
export const registers = createRegisters(await connect());
`;

describe('TypeScript, beside another copy of nats, takes the README and the rest for', () => {
  const { ModuleKind, ModuleResolutionKind } = ts;
  test.each([
    ['node16', { module: ModuleKind.Node16 }],
    ['nodenext', { module: ModuleKind.NodeNext }],
    ['bundler', { module: ModuleKind.ESNext, moduleResolution: ModuleResolutionKind.Bundler }],
    ['node10', { module: ModuleKind.ESNext, moduleResolution: ModuleResolutionKind.Node10, ignoreDeprecations: '6.0' }],
  ])('%s', (_name, options) => {
    expect(project.compile(['readme-0.ts', 'readme-1.ts', 'readme-2.ts', 'everything.ts'], options)).toEqual([]);
  });

  test('no types of nats at all, as far as the client goes', async () => {
    const { directory } = project;
    const seen = new Set<string>();
    const visit = async (file: string): Promise<void> => {
      if (seen.has(file)) return;
      seen.add(file);
      const text = await readFile(file, 'utf8');
      expect(text, file).not.toMatch(/from 'nats'|import\('nats'\)/);
      for (const [, to = ''] of text.matchAll(/from '(\.[^']+)\.[jt]s'/g)) await visit(join(file, '..', `${to}.d.ts`));
    };
    await visit(join(directory, 'node_modules/stele/dist/index.d.ts'));
    expect(seen.size).toBeGreaterThan(3);
  });
});

test('errors of the other copy are told apart: nobody serves, a time-out, a closed connection', async () => {
  const nats = await startNatsServer();
  await project.write(
    'errors.mjs',
    `
import { connect, NatsError } from 'nats';
import { createRegisters } from 'stele';
const connection = await connect({ servers: '${nats.url}' });
const registers = createRegisters(connection, { timeoutMs: 1500 });
let served = 0;
const say = async (what, doing) => {
  const { code, status, cause } = await doing.catch((error) => error);
  console.log(JSON.stringify([what, code, status, cause instanceof NatsError]));
};
await say('nobody', registers.write('a', 1));
await say('nobody', registers.read('a'));
connection.subscribe('register.>', { callback: () => { served += 1; } });
await say('silence', createRegisters(connection, { timeoutMs: 1500, tryTimeoutMs: 100 }).write('a', 1));
console.log(JSON.stringify(['tries', served > 1]));
const items = registers.watch();
await connection.close();
await say('closed', registers.write('a', 1));
await say('closed', (async () => { for await (const item of items) console.log(item); })());
`,
  );
  try {
    const { stdout, stderr, code } = await startScript(join(project.directory, 'errors.mjs')).ended;
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      ['nobody', 'STELE_REFUSED', 503, true],
      ['nobody', 'STELE_REFUSED', 503, true],
      ['silence', 'STELE_UNKNOWN', undefined, true].map((part) => part ?? null),
      ['tries', true],
      ['closed', 'STELE_REFUSED', 503, true],
      ['closed', 'STELE_REFUSED', 503, false],
    ]);
  } finally {
    await nats.stop();
  }
});

test('a whole cluster of the packed command line serves the example of the README, and require() finds it too', async () => {
  const port = await freePort();
  const url = `nats://127.0.0.1:${port}`;
  const main = join(project.directory, 'node_modules/stele/dist/cli/main.js');
  const dev = startScript(main, ['dev', '--port', String(port), '--data', join(project.directory, 'data')]);
  try {
    await dev.untilPrinted(/Try next/);
    await project.write('library.mts', `${example.replace(README_URL, url)}\nprocess.exit();\n`);
    const { stdout, stderr } = await startScript(join(project.directory, 'library.mts')).ended;
    expect({ stdout, stderr }).toEqual({ stdout: "won { owner: 'alice' }\n{ owner: 'alice' }\n", stderr: '' });
    const required = "const { createRegisters } = require('stele'); console.log(typeof createRegisters);";
    await project.write('required.cjs', required);
    expect((await startScript(join(project.directory, 'required.cjs')).ended).stdout).toBe('function\n');
  } finally {
    dev.process.kill('SIGTERM');
    await dev.ended;
  }
});
