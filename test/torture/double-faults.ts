import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { initStore } from '../../src/sqlite/init.ts';
import type { Fault } from './fault.ts';
import type { Host } from './host.ts';
import type { Running } from './member.ts';
import { expectRefusal } from './refusal.ts';
import type { World } from './world.ts';

const EXIT_STORE_REFUSED = 4;
const REFUSED_WITHIN_MS = 15_000;

export const DOUBLE_FAULTS: readonly Fault[] = [
  { name: 'two processes on one directory', weight: 1, strike: startTwice },
  { name: 'two processes with one id', weight: 1, strike: startStranger },
];

async function startTwice(world: World): Promise<boolean> {
  const [host] = world.take(1);
  if (host === undefined) return false;
  if (host.running?.hasOpened === true) {
    world.say(`${host.id}: a second process on its directory`);
    await expectTurnedAway(world, host, host.startOn(host.dataDir, world.options.servers.urls));
  }
  world.giveBack([host]);
  return true;
}

async function startStranger(world: World): Promise<boolean> {
  const [host] = world.take(1);
  if (host === undefined) return false;
  const { hosts, directory, servers } = world.options;
  const elsewhere = join(directory, `${host.id}-elsewhere`);
  await rm(elsewhere, { recursive: true, force: true });
  await initStore({ dataDir: elsewhere, member: host.id, members: hosts.map(({ id }) => id) });
  world.say(`${host.id}: a second process under its id, on another directory`);
  await expectTurnedAway(world, host, host.startOn(elsewhere, servers.urls));
  world.giveBack([host]);
  return true;
}

async function expectTurnedAway(world: World, host: Host, second: Running): Promise<void> {
  const first = host.running;
  second.excuse = 'second process';
  try {
    // Where those who would turn it away are out of reach it waits for them: then it only must not serve.
    await world.until(() => second.hasEnded, REFUSED_WITHIN_MS);
    if (second.hasEnded) await expectRefusal(world, second, 'second process');
    else world.say(`${host.id}: the second process waits, and does not serve`);
    if (second.hasEnded && (await second.child.exit) !== EXIT_STORE_REFUSED) {
      world.flag('a second process exits with 4', `${host.id}: ${second.lastWords}`);
    }
    if (second.hasServed) world.flag('a second process never serves', host.id);
    if (first?.hasEnded === true) world.flag('the first process goes on', `${host.id}: ${first.lastWords}`);
  } finally {
    await second.kill();
  }
}
