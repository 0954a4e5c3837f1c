import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dice } from '../simulation/dice.ts';
import { failCalls } from './failing-calls.ts';
import type { Fault } from './fault.ts';
import type { Running } from './member.ts';
import { expectRefusal } from './refusal.ts';
import type { World } from './world.ts';

/** How long a member that cannot save has to notice: with clients at work it commits all the time. */
const NOTICE_MS = 5_000;
const FILLER_BYTES = 1_048_576;

export const DISK_FAULTS: readonly Fault[] = [
  { name: 'full disk', weight: 3, strike: fillDisk },
  failing('EIO on fsync', 1.5, 'fsync,fdatasync'),
  failing('EIO on write', 1.5, 'pwrite64,write'),
  // Rarely of consequence: what was read once stays in memory.
  failing('EIO on read', 0.5, 'pread64,read'),
];

async function fillDisk(world: World, dice: Dice): Promise<boolean> {
  const { smallDisk } = world.options;
  if (smallDisk === undefined || smallDisk.host.isTaken || smallDisk.host.isOut) return false;
  const { host, mount } = smallDisk;
  if (host.running === undefined || host.running.hasEnded) return false;
  host.isTaken = true;
  host.running.excuse = 'full disk';
  const filler = join(mount, 'filler');
  world.say(`${host.id}: its disk is full`);
  await fill(filler);
  await world.until(() => !host.isRunning, NOTICE_MS);
  if (host.isRunning) world.say(`${host.id}: did not notice: it had room in its files`);
  else await expectRefusal(world, host.running, 'full disk');
  if (dice.chance(0.5) && !host.isRunning) {
    world.say(`${host.id}: started on a full disk`);
    host.start().excuse = 'full disk';
    await world.last(4_000);
  }
  await rm(filler, { force: true });
  world.say(`${host.id}: its disk has room again`);
  // Any process that met the full disk may have stopped at it; a fresh one has no such excuse.
  await host.kill();
  world.giveBack([host]);
  return true;
}

/** Writes until there is no room for one more byte. */
async function fill(file: string): Promise<void> {
  for (let bytes = FILLER_BYTES; bytes >= 1; ) {
    try {
      await writeFile(file, Buffer.alloc(bytes), { flag: 'a' });
    } catch {
      bytes = Math.floor(bytes / 2);
    }
  }
}

function failing(name: string, weight: number, calls: string): Fault {
  const strike = async (world: World) => {
    if (!world.options.capabilities.strace) return false;
    const [host] = world.take(1);
    if (host?.running === undefined) return false;
    const { running } = host;
    running.excuse = name;
    const failing = await failCalls(world, running, host.dataDir, calls);
    if (failing === undefined) {
      running.excuse = host.hasDamagedDisk ? 'damaged disk' : undefined;
    } else {
      world.say(`${host.id}: ${name}, from now on`);
      await world.until(() => running.hasEnded, NOTICE_MS);
      await judge(world, running, name, await failing.end());
      // A fresh process has no such excuse.
      await host.kill();
    }
    world.giveBack([host]);
    return failing !== undefined;
  };
  return { name, weight, strike };
}

async function judge(world: World, running: Running, name: string, syncsFailed: number): Promise<void> {
  if (running.hasEnded) return await expectRefusal(world, running, name);
  if (syncsFailed === 0) return world.say(`${running.id}: did not notice: it made no such call in that time`);
  world.flag('a failed fsync stops the member', `${running.id} goes on after ${syncsFailed} of them`);
}
