import { gatherStatus } from '../../src/cli/status-gather.ts';
import type { Dice } from '../simulation/dice.ts';
import type { Fault } from './fault.ts';
import { USUAL } from './nats.ts';
import type { World } from './world.ts';

/** Too little for what a member says of itself. */
const SMALL_PAYLOAD_BYTES = 1_024;
const ASK_MS = 300;

export const NATS_FAULTS: readonly Fault[] = [
  { name: 'NATS turns the members away', weight: 2, strike: changePassword },
  { name: 'NATS carries little, and the members are asked how they are', weight: 1, strike: shrinkPayload },
];

/** The members' password is another one for a while, once or twice: each time members are cut off, and turned away. */
export async function changePassword(world: World, dice: Dice): Promise<boolean> {
  const { servers } = world.options;
  for (let times = 1 + dice.below(2); times > 0; times -= 1) {
    world.say('NATS: the password of the members is another one');
    await servers.reload({ memberPassword: 'wrong' });
    await world.last(dice.chance(0.3) ? 80 : dice.between(500, 4_000));
    await servers.reload({ memberPassword: USUAL.memberPassword });
    world.say('NATS: the password of the members is the right one again');
    await world.last(dice.between(500, 2_000));
  }
  return true;
}

/** An answer that cannot be sent must not end who gives it. A member may refuse to start then, so none is started. */
export async function shrinkPayload(world: World, dice: Dice): Promise<boolean> {
  const { servers, hosts, observer } = world.options;
  const taken = world.take(hosts.length);
  const all = hosts.filter(({ isOut }) => !isOut);
  if (taken.length < all.length || !taken.every(({ running }) => running?.hasServed === true)) {
    world.giveBack(taken);
    return false;
  }
  world.say(`NATS: max_payload is ${SMALL_PAYLOAD_BYTES}`);
  await servers.reload({ payloadBytesMax: SMALL_PAYLOAD_BYTES });
  for (let times = 3 + dice.below(5); times > 0; times -= 1) {
    await gatherStatus(observer, ASK_MS).catch(() => []);
    await world.last(200);
  }
  await servers.reload({ payloadBytesMax: USUAL.payloadBytesMax });
  world.say('NATS: max_payload is the usual one again');
  world.giveBack(taken);
  return true;
}
