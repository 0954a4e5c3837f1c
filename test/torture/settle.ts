import type { Dice } from '../simulation/dice.ts';
import type { Call, WriteCall } from '../simulation/history/history.ts';
import { Client } from './client.ts';
import { propose } from './proposals.ts';
import type { Registers } from './registers.ts';
import type { World } from './world.ts';

const PATIENCE_MS = 2_500;
/** Once faults stopped, so long for everything to be settled and read. */
const SETTLE_WITHIN_MS = 60_000;
const AT_ONCE = 32;

/**
 * Faults have stopped: what was left unknown is asked again with the same operation id until it is known, and then every
 * register is read until it says what it holds. Each of those is part of the history too.
 */
export async function settleAll(world: World, registers: Registers, dice: Dice): Promise<void> {
  const { recorder, observer } = world.options;
  const client = new Client({ name: 'settle', nats: observer, dice, registers, recorder });
  const endMs = performance.now() + SETTLE_WITHIN_MS;
  const isTimeUp = () => performance.now() > endMs;
  const unknown = unsettled(recorder.calls);
  const asks = unknown.map(({ register, proposal }) => async () => {
    const fillerBytes = Number(proposal.value.split('|').at(-1));
    const [, serial] = /\/(\d+)\|/.exec(proposal.value) ?? [];
    return await client.write(register, propose(proposal.opId, Number(serial), fillerBytes), PATIENCE_MS);
  });
  const reads = registers.names.map((register) => () => client.read(register, PATIENCE_MS));
  const late = [...(await allAnswered(world, asks, isTimeUp)), ...(await allAnswered(world, reads, isTimeUp))];
  world.say(`settled ${asks.length} unknown writes, read ${reads.length} registers back`);
  const [first] = late;
  if (first === undefined) return;
  const detail = `${late.length} did not, ${first.kind} of ${first.register} among them: ${first.outcome}`;
  world.flag('once faults stop, every write and read settles', detail);
}

/** Proposals of which no client knows what became: asked again, by anyone, they must settle. */
function unsettled(calls: readonly Call[]): WriteCall[] {
  const key = ({ register, proposal }: WriteCall) => `${register} ${proposal.opId} ${proposal.value}`;
  const writes = calls.filter((call): call is WriteCall => call.kind === 'write');
  const settled = new Set(writes.filter(({ outcome }) => outcome === 'won' || outcome === 'lost').map(key));
  const open = writes.filter((write) => write.outcome === 'unknown' && !settled.has(key(write)));
  return [...new Map(open.map((write) => [key(write), write])).values()];
}

const ANSWERS: ReadonlySet<string | undefined> = new Set(['won', 'lost', 'decided', 'empty']);

/** Asks each again and again until it has a proper answer. @returns those that had none in time. */
async function allAnswered(world: World, asks: readonly (() => Promise<Call>)[], isTimeUp: () => boolean) {
  const waiting = [...asks];
  const late: Call[] = [];
  const askOne = async (ask: () => Promise<Call>) => {
    for (;;) {
      const call = await ask();
      if (ANSWERS.has(call.outcome)) return;
      if (isTimeUp()) return void late.push(call);
      await world.wait(50);
    }
  };
  const askOnAndOn = async () => {
    for (let ask = waiting.pop(); ask !== undefined; ask = waiting.pop()) await askOne(ask);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, askOnAndOn));
  return late;
}
