import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { initStore } from '../../src/store/init.ts';
import { freePort, type Running, run, start, startScript, temporaryDirectory } from '../cli/support.ts';
import { startNatsServer } from '../support/nats-server.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const README_URL = 'nats://127.0.0.1:4222';

let blocks: readonly { readonly language: string; readonly text: string }[];
let scripts: string;
let dev: Running;
let url: string;

beforeAll(async () => {
  const page = await readFile(join(ROOT, 'README.md'), 'utf8');
  blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language = '', text = '']) => ({ language, text }));
  // Inside the package, so that `stele` means this one, as built.
  await mkdir(join(ROOT, 'node_modules'), { recursive: true });
  scripts = await mkdtemp(join(ROOT, '.readme-'));
  const port = await freePort();
  url = `nats://127.0.0.1:${port}`;
  dev = start(['dev', '--port', String(port), '--data', await temporaryDirectory()]);
  await dev.untilPrinted(/Try next/);
});

afterAll(async () => {
  dev?.process.kill('SIGTERM');
  await dev?.ended;
  await rm(scripts, { recursive: true, force: true });
});

const ofLanguage = (language: string) => blocks.filter((block) => block.language === language).map(({ text }) => text);

/** The commands of a block, without what stands behind a #. */
const commandsIn = (text = '') => text.split('\n').flatMap((line) => line.replace(/\s*#.*/, '').trim() || []);

async function script(text: string, name: string): Promise<Running> {
  const file = join(scripts, name);
  await writeFile(file, text);
  return startScript(file);
}

test('the first command of the README is what a test of the command line starts as well', () => {
  expect(commandsIn(ofLanguage('sh')[0])).toEqual(['npm ci && npm start']);
});

test('the commands to try next do what the README says behind them', async () => {
  expect(commandsIn(ofLanguage('sh')[1])).toEqual([
    'npx stele write orders.17 alice',
    'npx stele write orders.17 bob',
    'npx stele read orders.17',
    "npx stele watch 'orders.>'",
    'npx stele status',
  ]);
  const env = { STELE_NATS: url };
  const watch = start(['watch', 'orders.>', '--count', '1'], env);
  await watch.untilPrinted(/orders\.>/);
  expect(await run(['write', 'orders.17', 'alice'], { env })).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('won'),
  });
  expect(await run(['write', 'orders.17', 'bob'], { env })).toMatchObject({ code: 1, stdout: 'alice' });
  expect(await run(['read', 'orders.17'], { env })).toMatchObject({ code: 0, stdout: 'alice' });
  expect(await watch.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/orders\.17.*alice/) });
  expect(await run(['status'], { env })).toMatchObject({ code: 0, stdout: expect.stringContaining('quorum') });
});

test('the example of the library runs as it stands, and prints what its comments say', async () => {
  const [example = ''] = ofLanguage('ts');
  // As it stands it goes on listening to NATS, as a service does: here it is to end.
  const running = await script(`${example.replace(README_URL, url)}\nprocess.exit();\n`, 'library.mts');
  const { code, stdout, stderr } = await running.ended;
  expect(stderr).toBe('');
  expect(stdout).toBe("won { owner: 'alice' }\n{ owner: 'alice' }\n");
  expect(code).toBe(0);
});

test('the example of an embedded member runs as it stands', async () => {
  const dataDir = await temporaryDirectory();
  const nats = await startNatsServer();
  await initStore({ dataDir, member: 'n1', members: ['n1'] });
  const [, example = ''] = ofLanguage('ts');
  const running = await script(example.replace(README_URL, nats.url).replace('/var/lib/stele', dataDir), 'embed.mts');
  const env = { STELE_NATS: nats.url };
  expect(await run(['write', 'embedded', 'v', '--timeout', '15000'], { env })).toMatchObject({ code: 0 });
  await running.untilPrinted(/decided embedded/);
  running.process.kill('SIGKILL');
  await running.ended;
  await nats.stop();
});

test('the example that waits and watches runs as it stands, and prints what happens', async () => {
  const [, , example = ''] = ofLanguage('ts');
  const env = { STELE_NATS: url };
  const running = await script(example.replace(README_URL, url), 'watch.mts');
  expect(await run(['write', 'leader.epoch-10', '"bob"', '--op-id', 'of-bob'], { env })).toMatchObject({ code: 0 });
  await running.untilPrinted(/^bob of-bob$/m);
  const seen = running.untilPrinted(/^orders\.watched\.\d+ alice$/m).then(() => true);
  // It subscribes only then, so one decision may come too early for it.
  for (let number = 1; ; number += 1) {
    expect(await run(['write', `orders.watched.${number}`, '"alice"'], { env })).toMatchObject({ code: 0 });
    if (await Promise.race([seen, sleep(100)])) break;
  }
  running.process.kill('SIGKILL');
  await running.ended;
});
