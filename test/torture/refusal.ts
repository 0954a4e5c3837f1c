import type { Running } from './member.ts';
import type { World } from './world.ts';

/** 1: failed while running; 4: the store may not be used. */
const STOPPED_BY_ITSELF: ReadonlySet<number | string> = new Set([1, 4]);
const SAYS_WHAT_TO_DO = /check|start|stop|bring|put|run|leave|copy/i;

/** A process whose disk is not to be trusted has ended: as it should, and with words that help. */
export async function expectRefusal(world: World, running: Running | undefined, fault: string): Promise<void> {
  if (running === undefined) return;
  const exit = await running.child.exit;
  const { id, lastWords, isEnding } = running;
  if (isEnding) return;
  world.say(`${id}: stopped by itself with exit code ${exit}: ${lastWords}`);
  if (!STOPPED_BY_ITSELF.has(exit))
    world.flag('a bad disk stops a member with exit code 1 or 4', `${fault}: ${id}: ${exit}`);
  if (!SAYS_WHAT_TO_DO.test(lastWords))
    world.flag('a member that stops says what to do', `${fault}: ${id}: ${lastWords}`);
}
