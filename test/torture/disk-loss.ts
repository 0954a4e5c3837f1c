import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { initStore } from '../../src/store/init.ts';
import type { Dice } from '../simulation/dice.ts';
import { Client } from './client.ts';
import { DAMAGES, type Damage } from './damage.ts';
import type { Host } from './host.ts';
import type { Running } from './member.ts';
import { propose } from './proposals.ts';
import { expectRefusal } from './refusal.ts';
import { Registers } from './registers.ts';
import type { World } from './world.ts';

/** How long clients work undisturbed, for everybody to hear from everybody. */
const QUIET_MS = 2_500;
const VERDICT_WITHIN_MS = 15_000;
/** One that serves from damaged bytes has this long to meet them before the other faults go on. */
const WATCH_MS = 3_000;
const PROBES_MAX = 10;
const PROBE_PATIENCE_MS = 2_500;

/** Where it comes to a member's state, which of its directories is the newest is no doubt as long as only one has voted. */
type Aftermath = 'newest directory may come back' | 'stays out';

/**
 * One member loses its disk, or is given a wrong one: the only fault of its kind in an episode. All other members are up,
 * and heard each other, when it comes back: they are who must not listen to it.
 */
export async function loseADisk(world: World, dice: Dice): Promise<void> {
  await world.untilServing();
  const [host] = world.take(1);
  if (host === undefined) return;
  await world.wait(QUIET_MS);
  const kind = dice.below(DAMAGES.length + 3);
  const damage = DAMAGES[kind];
  if (damage !== undefined) await inflict(world, dice, host, damage);
  else if (kind === DAMAGES.length) await makeAnew(world, host);
  else await putBackOldCopy(world, host, kind === DAMAGES.length + 1 ? 0 : 1);
  await expectService(world, dice);
  world.giveBack([host]);
}

/** The others go on, whatever became of that one. */
async function expectService(world: World, dice: Dice): Promise<void> {
  const { recorder, observer } = world.options;
  const client = new Client({ name: 'probe', nats: observer, dice, registers: new Registers('probe', dice), recorder });
  for (let tries = 0; tries < PROBES_MAX; tries += 1) {
    const { outcome } = await client.write('probe', propose('probe-1', 1, 0), PROBE_PATIENCE_MS);
    if (outcome === 'won') return world.say('the others go on');
    await world.wait(100);
  }
  world.flag('the others go on without a member that lost its disk', `no write settled in ${PROBES_MAX} tries`);
}

async function inflict(world: World, dice: Dice, host: Host, damage: Damage): Promise<void> {
  await end(world, host, damage.afterLeaving);
  await cp(host.dataDir, asideOf(world, host), { recursive: true });
  const done = await damage.inflict(host.dataDir, dice);
  if (done === undefined) return;
  world.count(damage.name);
  world.say(`${host.id}: ${damage.name}: ${done}`);
  const running = host.start();
  running.excuse = damage.name;
  await judge(world, host, running, damage.name);
  // Once it has opened its store it may have voted, and then the copy that was kept is no longer the newest.
  await settle(world, host, running, running.hasOpened ? 'stays out' : 'newest directory may come back');
}

async function makeAnew(world: World, host: Host): Promise<void> {
  await end(world, host, false);
  await cp(host.dataDir, asideOf(world, host), { recursive: true });
  await rm(host.dataDir, { recursive: true });
  await initStore({ dataDir: host.dataDir, member: host.id, members: world.options.hosts.map(({ id }) => id) });
  const name = 'a wiped directory, made anew';
  world.count(name);
  world.say(`${host.id}: ${name}`);
  await expectOutsider(world, host, name);
  // No peer has ever listened to the other store.
  await settle(world, host, host.running, 'newest directory may come back');
}

async function putBackOldCopy(world: World, host: Host, startsSince: number): Promise<void> {
  const old = join(world.options.directory, `${host.id}-old`);
  await end(world, host, false);
  await cp(host.dataDir, old, { recursive: true });
  for (let starts = 0; starts <= startsSince; starts += 1) {
    host.start();
    await world.untilServing();
    await world.wait(QUIET_MS);
    await end(world, host, false);
  }
  await cp(host.dataDir, asideOf(world, host), { recursive: true });
  await rm(host.dataDir, { recursive: true });
  await cp(old, host.dataDir, { recursive: true });
  const name = startsSince === 0 ? 'an old copy, of the start before' : 'an old copy, of two starts before';
  world.count(name);
  world.say(`${host.id}: ${name}`);
  await expectOutsider(world, host, name);
  // A copy that is a start behind what all peers have on disk was listened to by none of them.
  await settle(world, host, host.running, startsSince > 0 ? 'newest directory may come back' : 'stays out');
}

/** It must not serve, and must say so: everyone who would turn it away is up. */
async function expectOutsider(world: World, host: Host, name: string): Promise<void> {
  const running = host.start();
  running.excuse = name;
  await judge(world, host, running, name);
  if (!running.hasEnded) world.flag('a member on a lost or old disk is turned away', `${name}: ${host.id} runs on`);
}

/** Waits for it to stop, or to serve for a while. */
async function judge(world: World, host: Host, running: Running, name: string): Promise<void> {
  await world.until(() => running.hasEnded || running.hasServed, VERDICT_WITHIN_MS);
  if (!running.hasEnded) await world.until(() => running.hasEnded, WATCH_MS);
  if (running.hasEnded) await expectRefusal(world, running, name);
  else if (running.hasServed) world.say(`${host.id}: goes on: nobody is the wiser, or nothing that counted was hit`);
  else world.say(`${host.id}: neither stops nor serves: it waits to be listened to`);
}

async function settle(world: World, host: Host, running: Running | undefined, aftermath: Aftermath): Promise<void> {
  if (running?.hasEnded !== true) {
    host.hasDamagedDisk = true;
    return;
  }
  if (aftermath === 'stays out') {
    host.isOut = true;
    world.say(`${host.id}: stays out until the end of the episode`);
    return;
  }
  await rm(host.dataDir, { recursive: true, force: true });
  await cp(asideOf(world, host), host.dataDir, { recursive: true });
  world.say(`${host.id}: its newest directory is put back`);
}

async function end(world: World, host: Host, properly: boolean): Promise<void> {
  const { running } = host;
  world.say(`${host.id}: ${properly ? 'SIGTERM' : 'SIGKILL'}`);
  if (properly) {
    running?.signal('SIGTERM');
    await world.until(() => !host.isRunning, VERDICT_WITHIN_MS);
  }
  await host.kill();
}

function asideOf(world: World, host: Host): string {
  return join(world.options.directory, `${host.id}-aside`);
}
