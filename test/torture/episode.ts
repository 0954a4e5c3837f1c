import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Dice } from '../simulation/dice.ts';
import { checkHistory } from '../simulation/history/check.ts';
import type { Violation } from '../simulation/history/history.ts';
import { Undo } from '../support/undo.ts';
import { build } from './build.ts';
import type { Capabilities } from './capabilities.ts';
import { loseADisk } from './disk-loss.ts';
import { recordDecisions, startLoad } from './load.ts';
import { Counts, Log } from './log.ts';
import { RIGHT_PASSWORD } from './nats.ts';
import { torment } from './nemesis.ts';
import type { Recorder } from './recorder.ts';
import { Registers } from './registers.ts';
import { explain } from './report.ts';
import { settleAll } from './settle.ts';
import type { World } from './world.ts';

export interface EpisodeOptions {
  /** Draws the faults, and what clients do. What comes of them also depends on how fast this machine is just now. */
  readonly seed: number;
  /** For how long faults and clients go on. */
  readonly lastsMs: number;
  readonly members: number;
  readonly servers: number;
  readonly capabilities: Capabilities;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
  /** In place of the random faults: what happens in this episode. */
  readonly script?: (world: World) => Promise<void>;
}

export interface Episode {
  readonly seed: number;
  readonly tookMs: number;
  readonly operations: Counts;
  readonly faults: Counts;
  readonly registers: number;
  readonly publications: number;
  readonly violations: readonly Violation[];
  /** Where its files were kept; undefined when it was as it should be, and they were not. */
  readonly kept: string | undefined;
}

const CONNECTIONS = 3;
const CLIENTS_EACH = 4;

/** A fresh cluster, faults with load, at most one lost disk, then fair weather, and a look at all that was seen. */
export async function runEpisode(options: EpisodeOptions): Promise<Episode> {
  const { seed, members, servers, capabilities, signal } = options;
  const startedMs = performance.now();
  const directory = await mkdtemp(join(tmpdir(), `stele-torture-${seed}-`));
  const log = new Log(options.print);
  const faults = new Counts();
  const dice = new Dice(seed);
  const undo = new Undo();
  let isFine = false;
  try {
    const sizes = { members, servers, connections: CONNECTIONS };
    const parts = { directory, dice: dice.fork(), log, faults, capabilities, signal };
    const { world, connections } = await build({ ...sizes, ...parts }, undo);
    const { recorder, observer } = world.options;
    recordDecisions(observer, recorder);
    await world.untilServing();
    const registers = new Registers(`t${seed}`, dice.fork());
    const endLoad = startLoad({ connections, clientsEach: CLIENTS_EACH, dice: dice.fork(), registers, recorder });
    try {
      await (options.script ?? bringFaults(options.lastsMs, dice.fork()))(world);
      await heal(world);
    } finally {
      await endLoad();
    }
    await settleAll(world, registers, dice.fork());
    const violations = [...world.options.violations, ...checkHistory(recorder)];
    isFine = violations.length === 0;
    if (!isFine) await keep(directory, log, violations, recorder);
    const kept = isFine ? undefined : directory;
    const tookMs = performance.now() - startedMs;
    const totals = { registers: registers.names.length, publications: recorder.publications.length };
    return { seed, tookMs, operations: countOperations(recorder), faults, violations, kept, ...totals };
  } finally {
    await undo.all();
    // One that failed, or was not brought to its end, says where what is left of it lies.
    if (isFine || signal.aborted) await rm(directory, { recursive: true, force: true });
    else log.say(`kept ${directory}`);
  }
}

function bringFaults(lastsMs: number, dice: Dice) {
  return async (world: World) => {
    const before = dice.between(0.4, 0.6);
    await torment(world, dice.fork(), lastsMs * before);
    await heal(world);
    // What is broken already tells nothing more by being broken further.
    if (world.options.violations.length > 0) return;
    if (dice.chance(0.9)) await loseADisk(world, dice.fork());
    await torment(world, dice.fork(), lastsMs * (1 - before));
    if (!dice.chance(0.5)) return;
    await heal(world);
    if (world.options.violations.length > 0) return;
    world.say('all members: SIGKILL, to see what they read from their disks');
    world.count('kill -9 of all members');
    for (const host of world.options.hosts) await host.kill();
  };
}

/** Every wire and server is well, and every member that may run does, and serves. */
async function heal(world: World): Promise<void> {
  const { wires, servers, hosts } = world.options;
  for (const { lines } of wires) for (const wire of lines) wire.heal(false);
  await servers.setMemberPassword(RIGHT_PASSWORD);
  for (const index of servers.ports.keys()) await servers.start(index);
  world.giveBack(hosts);
  await world.untilServing();
  world.say('fair weather: all members that may run serve');
}

function countOperations({ calls }: Recorder): Counts {
  const counts = new Counts();
  for (const { kind, outcome } of calls) counts.add(`${kind} ${outcome ?? 'not answered'}`);
  return counts;
}

async function keep(directory: string, log: Log, violations: readonly Violation[], recorder: Recorder) {
  const text = [...explain(violations, recorder), '', ...log.lines].join('\n');
  await writeFile(join(directory, 'report.txt'), `${text}\n`);
  const lines = [...recorder.calls, ...recorder.publications].map((entry) => JSON.stringify(entry));
  await writeFile(join(directory, 'history.jsonl'), `${lines.join('\n')}\n`);
  for (const line of explain(violations, recorder)) log.say(line);
}
