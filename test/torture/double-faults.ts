import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { initStore } from '../../src/store/init.ts';
import type { Fault } from './fault.ts';
import type { Host } from './host.ts';
import type { Running } from './member.ts';
import { expectRefusal } from './refusal.ts';
import type { World } from './world.ts';

const EXIT_STORE_REFUSED = 4;
const REFUSED_WITHIN_MS = 15_000;
const COPY_WITHIN_MS = 10_000;

export const DOUBLE_FAULTS: readonly Fault[] = [
  { name: 'two processes on one directory', weight: 1, strike: startTwice },
  { name: 'two processes with one id', weight: 1, strike: startStranger },
  {
    name: 'a host copies its store, and a second process starts',
    weight: 1.5,
    strike: (world) => copyAndStartTwice(world),
  },
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

/**
 * The process of a member copies the files of its store, and a second process tries to start on them: it must not get in,
 * and the log must stay, with all that it holds when the first one is killed then.
 * @param planted a mistake in the second process, to see that it is found.
 */
export async function copyAndStartTwice(world: World, planted?: string): Promise<boolean> {
  const [host] = world.take(1);
  if (host === undefined) return false;
  const first = host.running;
  const hasCopied = first?.hasOpened === true && (await copyStore(world, first));
  if (hasCopied) {
    const log = join(host.dataDir, 'stele.sqlite-wal');
    const before = await stat(log).catch(() => undefined);
    world.say(`${host.id}: copied its store; a second process on its directory`);
    const second = host.startOn(host.dataDir, world.options.servers.urls, planted);
    await expectTurnedAway(world, host, second);
    if (second.hasOpened) world.flag('a second process never opens the store', host.id);
    const after = await stat(log).catch(() => undefined);
    if (!first.hasEnded && before?.ino !== after?.ino) world.flag('a refused process leaves the log', host.id);
    // What two processes wrote to is of no use to anyone, and tells nothing more.
    host.isOut = second.hasOpened;
    await host.kill();
  }
  world.giveBack([host]);
  return hasCopied;
}

async function copyStore(world: World, running: Running): Promise<boolean> {
  const before = running.copies;
  running.signal('SIGURG');
  return (await world.until(() => running.copies > before || running.hasEnded, COPY_WITHIN_MS)) && !running.hasEnded;
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
