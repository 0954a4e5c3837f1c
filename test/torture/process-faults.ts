import type { Dice } from '../simulation/dice.ts';
import type { Fault } from './fault.ts';
import type { World } from './world.ts';

const LEAVE_TIMEOUT_MS = 20_000;
const EVERYONE = Number.POSITIVE_INFINITY;

export const PROCESS_FAULTS: readonly Fault[] = [
  { name: 'kill -9 of a member', weight: 6, strike: (world, dice) => crash(world, dice, 1) },
  { name: 'kill -9 of several members', weight: 2, strike: (world, dice) => crash(world, dice, 2) },
  { name: 'kill -9 of all members', weight: 1, strike: (world, dice) => crash(world, dice, EVERYONE) },
  { name: 'SIGSTOP of a member', weight: 5, strike: (world, dice) => pause(world, dice, 1) },
  { name: 'SIGSTOP of several members', weight: 1, strike: (world, dice) => pause(world, dice, 2) },
  { name: 'SIGSTOP of all members', weight: 1, strike: (world, dice) => pause(world, dice, EVERYONE) },
  { name: 'SIGTERM of a member', weight: 1, strike: leave },
  { name: 'wall clock jump', weight: 2, strike: jumpClock },
];

async function crash(world: World, dice: Dice, count: number): Promise<boolean> {
  const hosts = world.take(count);
  if (hosts.length === 0) return false;
  const apartMs = dice.chance(0.5) ? 0 : 300;
  for (const host of hosts) {
    world.say(`${host.id}: SIGKILL`);
    await host.kill();
    if (apartMs > 0 && hosts.length > 1) await world.last(dice.between(0, apartMs));
  }
  for (const host of hosts) {
    await world.last(dice.between(0, 2_500));
    world.giveBack([host]);
  }
  return true;
}

async function pause(world: World, dice: Dice, count: number): Promise<boolean> {
  const hosts = world.take(count);
  if (hosts.length === 0) return false;
  for (const host of hosts) {
    world.say(`${host.id}: SIGSTOP`);
    host.running?.signal('SIGSTOP');
  }
  for (const host of dice.shuffle(hosts)) {
    await world.last(dice.between(100, dice.chance(0.2) ? 8_000 : 2_500));
    world.say(`${host.id}: SIGCONT`);
    host.running?.signal('SIGCONT');
  }
  world.giveBack(hosts);
  return true;
}

async function leave(world: World): Promise<boolean> {
  const [host] = world.take(1);
  const running = host?.running;
  if (host === undefined || running === undefined) return false;
  world.say(`${host.id}: SIGTERM`);
  running.signal('SIGTERM');
  if (await world.until(() => running.hasEnded, LEAVE_TIMEOUT_MS)) {
    const exit = await running.child.exit;
    // One that was asked before it had said that it listens is ended by the signal itself.
    const isFine = exit === 0 || exit === 'SIGTERM' || running.excuse !== undefined;
    if (!isFine)
      world.flag('a member that is asked to leave exits with 0', `${host.id}: ${exit}, ${running.lastWords}`);
  } else {
    world.flag('a member that is asked to leave does', `${host.id} did not within ${LEAVE_TIMEOUT_MS / 1_000} s`);
    await host.kill();
  }
  world.giveBack([host]);
  return true;
}

async function jumpClock(world: World): Promise<boolean> {
  const [host] = world.take(1);
  if (host === undefined) return false;
  // A process that is not up yet does not listen for it, and would be ended by it.
  const isUp = host.running?.hasOpened === true;
  if (isUp) {
    world.say(`${host.id}: its wall clock jumps`);
    host.running?.signal('SIGUSR2');
  }
  world.giveBack([host]);
  return isUp;
}
