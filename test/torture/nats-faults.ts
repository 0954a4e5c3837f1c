import type { Fault } from './fault.ts';
import { RIGHT_PASSWORD } from './nats.ts';
import type { World } from './world.ts';

export const NATS_FAULTS: readonly Fault[] = [
  {
    name: 'NATS turns the members away',
    weight: 2,
    strike: (world, dice) => changePassword(world, dice.chance(0.3) ? [80, 80] : [dice.between(500, 4_000)]),
  },
];

/** The members' password is another one for a while, once or several times: each time they are cut off, and turned away. */
export async function changePassword(world: World, lastsMs: readonly number[]): Promise<boolean> {
  const { servers } = world.options;
  for (const lastMs of lastsMs) {
    world.say('NATS: the password of the members is another one');
    await servers.setMemberPassword('wrong');
    await world.last(lastMs);
    await servers.setMemberPassword(RIGHT_PASSWORD);
    world.say('NATS: the password of the members is the right one again');
    await world.last(2_000);
  }
  return true;
}
