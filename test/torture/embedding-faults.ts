import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { initStore } from '../../src/store/init.ts';
import type { Dice } from '../simulation/dice.ts';
import { startChild } from './children.ts';
import type { Fault } from './fault.ts';
import type { World } from './world.ts';

const CHILD = fileURLToPath(new URL('./embedding-child.ts', import.meta.url));
/** Far more than it takes on a bad day; what hangs hangs for ever. */
const ENDS_WITHIN_MS = 60_000;

export const EMBEDDING_FAULTS: readonly Fault[] = [
  { name: 'a host with bad listeners stops in any order', weight: 2, strike: embed },
];

/** A process that embeds a cluster of one beside the others, listens badly, and stops and starts it in any order. */
export async function embed(world: World, dice: Dice): Promise<boolean> {
  const { directory, servers } = world.options;
  const dataDir = await mkdtemp(join(directory, 'embedded-'));
  await initStore({ dataDir, member: 'e1', members: ['e1'] });
  const seed = 1 + dice.below(1_000_000);
  world.say(`a host with bad listeners starts, seed ${seed}`);
  const args = ['--import', 'tsx', CHILD, dataDir, servers.urls.join(), String(seed)];
  const { process: child, exit } = startChild(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let hasEnded = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
    });
  }
  void exit.then(() => {
    hasEnded = true;
  });
  try {
    if (!(await world.until(() => hasEnded, ENDS_WITHIN_MS))) world.flag('a host that stopped all ends', said);
    else if ((await exit) !== 0) world.flag('a host is not hurt by its member', `${await exit}: ${said}`);
    else world.say('the host with bad listeners has ended as it should');
  } finally {
    child.kill('SIGKILL');
    await exit;
  }
  return true;
}
