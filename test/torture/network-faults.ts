import { createInbox } from 'nats';
import { PAYLOAD_BYTES_MIN } from '../../src/nats/payload-limit.ts';
import type { Dice } from '../simulation/dice.ts';
import type { Fault } from './fault.ts';
import type { Wire } from './wire.ts';
import type { World } from './world.ts';

export const NETWORK_FAULTS: readonly Fault[] = [
  { name: 'NATS server killed', weight: 2, strike: killServer },
  { name: 'NATS server that carries little', weight: 1, strike: (world, dice) => carryLittle(world, dice) },
  { name: 'NATS server stopped (SIGSTOP)', weight: 1, strike: stopServer },
  partition('partition, connections cut', 3, (wire) => wire.cut()),
  partition('partition, nothing gets through', 3, (wire) => wire.set({ held: true }, { held: true })),
  partition('partition, one way: unheard', 3, (wire) => wire.set({ held: true }, {})),
  partition('partition, one way: deaf', 3, (wire) => wire.set({}, { held: true })),
  partition('slow network', 3, (wire, dice) =>
    wire.set({ delayMs: dice.between(5, 600) }, { delayMs: dice.between(5, 600) }),
  ),
];

/** A few processes are cut off, members and clients alike, from all NATS servers or some. */
function partition(name: string, weight: number, weather: (wire: Wire, dice: Dice) => void): Fault {
  const strike = async (world: World, dice: Dice) => {
    const { wires } = world.options;
    const struck = dice.shuffle(wires).slice(0, 1 + dice.below(wires.length - 1));
    const lines = struck.flatMap(({ lines }) => (dice.chance(0.7) ? lines : [dice.pick(lines)]));
    world.say(`${struck.map(({ owner }) => owner).join(', ')}: ${name}`);
    for (const wire of lines) weather(wire, dice);
    await world.last(dice.between(200, dice.chance(0.2) ? 8_000 : 3_000));
    const losing = dice.chance(0.5);
    for (const wire of lines) wire.heal(losing);
    world.say(`${struck.map(({ owner }) => owner).join(', ')}: healed${losing ? ', what was under way is lost' : ''}`);
    return true;
  };
  return { name, weight, strike };
}

async function killServer(world: World, dice: Dice): Promise<boolean> {
  const { servers } = world.options;
  const up = servers.ports.map((_, index) => index).filter((index) => servers.isUp(index));
  if (up.length === 0) return false;
  const struck = dice.chance(0.8) ? [dice.pick(up)] : up;
  for (const index of struck) {
    world.say(`NATS server ${index + 1}: SIGKILL`);
    await servers.kill(index);
  }
  await world.last(dice.between(100, 3_000));
  for (const index of struck) {
    await servers.start(index);
    world.say(`NATS server ${index + 1}: started`);
  }
  return true;
}

/**
 * A server comes back with a small `max_payload` for a while, and everyone is asked how they are: answers that cannot be sent must
 * not end anyone. At the least that a member starts with, members may come and go meanwhile.
 */
export async function carryLittle(world: World, dice: Dice, bytesMax = PAYLOAD_BYTES_MIN): Promise<boolean> {
  const { servers, observer } = world.options;
  const up = servers.ports.map((_, index) => index).filter((index) => servers.isUp(index));
  if (up.length === 0) return false;
  const index = dice.pick(up);
  world.say(`NATS server ${index + 1}: started again with a max_payload of ${bytesMax}`);
  await servers.kill(index);
  await servers.start(index, `max_payload: ${bytesMax}`);
  for (let asked = 0; asked < 10; asked += 1) {
    await world.last(dice.between(50, 300));
    for (const verb of ['PING', 'INFO', 'STATS']) observer.publish(`$SRV.${verb}`, '', { reply: createInbox() });
  }
  await servers.kill(index);
  await servers.start(index);
  world.say(`NATS server ${index + 1}: started again as it was`);
  return true;
}

async function stopServer(world: World, dice: Dice): Promise<boolean> {
  const { servers } = world.options;
  const index = dice.below(servers.ports.length);
  if (!servers.isUp(index)) return false;
  world.say(`NATS server ${index + 1}: SIGSTOP`);
  servers.signal(index, 'SIGSTOP');
  await world.last(dice.between(100, 3_000));
  servers.signal(index, 'SIGCONT');
  world.say(`NATS server ${index + 1}: SIGCONT`);
  return true;
}
