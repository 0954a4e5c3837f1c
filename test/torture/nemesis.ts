import type { Dice } from '../simulation/dice.ts';
import { DISK_FAULTS } from './disk-faults.ts';
import { DOUBLE_FAULTS } from './double-faults.ts';
import { EMBEDDING_FAULTS } from './embedding-faults.ts';
import type { Fault } from './fault.ts';
import { NATS_FAULTS } from './nats-faults.ts';
import { NETWORK_FAULTS } from './network-faults.ts';
import { PROCESS_FAULTS } from './process-faults.ts';
import type { World } from './world.ts';

const FAULTS: readonly Fault[] = [
  ...PROCESS_FAULTS,
  ...NETWORK_FAULTS,
  ...NATS_FAULTS,
  ...DISK_FAULTS,
  ...DOUBLE_FAULTS,
  ...EMBEDDING_FAULTS,
];
const MEAN_PAUSE_MS = 900;
/** So many are under way at once; a member or a server may be hit by several. */
const AT_ONCE_MAX = 4;

/** Faults of all kinds, one beside the other, for so long; all that they did is put right when this returns. */
export async function torment(world: World, dice: Dice, forMs: number): Promise<void> {
  const endMs = performance.now() + forMs;
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  world.setCalm(false);
  try {
    while (performance.now() < endMs && failures.length === 0) {
      await world.wait(Math.min(dice.wait(MEAN_PAUSE_MS), Math.max(0, endMs - performance.now())));
      if (underWay.size >= AT_ONCE_MAX) continue;
      const striking = strike(world, draw(dice), dice.fork()).catch((error: unknown) => void failures.push(error));
      underWay.add(striking);
      void striking.then(() => underWay.delete(striking));
    }
  } finally {
    world.setCalm(true);
    await Promise.all(underWay);
  }
  if (failures.length > 0) throw failures[0];
}

async function strike(world: World, { name, strike: begin }: Fault, dice: Dice): Promise<void> {
  if (await begin(world, dice)) world.count(name);
}

function draw(dice: Dice): Fault {
  let at = dice.next() * FAULTS.reduce((sum, { weight }) => sum + weight, 0);
  for (const fault of FAULTS) {
    at -= fault.weight;
    if (at < 0) return fault;
  }
  return dice.pick(FAULTS);
}
