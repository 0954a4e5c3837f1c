import { rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { initStore } from '../../src/store/init.ts';
import { Dice } from '../simulation/dice.ts';
import { findCapabilities } from './capabilities.ts';
import { copyAndStartTwice } from './double-faults.ts';
import { embed } from './embedding-faults.ts';
import { type Episode, type EpisodeOptions, runEpisode } from './episode.ts';
import { changePassword } from './nats-faults.ts';
import { carryLittle } from './network-faults.ts';
import type { World } from './world.ts';

const TIMEOUT_MS = 120_000;
const WITHOUT_LOCK = new URL('./without-lock.ts', import.meta.url).href;

async function torture(options: Partial<EpisodeOptions>): Promise<{ episode: Episode; log: string }> {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const shape = { seed: 1, lastsMs: 8_000, members: 3, servers: 1, ...options };
  const capabilities = findCapabilities(print);
  const episode = await runEpisode({ ...shape, capabilities, print, signal: new AbortController().signal });
  return { episode, log: lines.join('\n') };
}

function timesOf({ operations }: Episode, outcome: string): number {
  return operations.entries().find(([key]) => key === outcome)?.[1] ?? 0;
}

/** Three members copy their stores, one after the other, while clients write, and each time a second process tries to start. */
function copyStores(planted?: string) {
  return async (world: World): Promise<void> => {
    await world.wait(1_500);
    for (const _ of [1, 2, 3]) {
      expect(await copyAndStartTwice(world, planted)).toBe(true);
      await world.untilServing();
      if (world.options.violations.length > 0) return;
    }
  };
}

/** What the service promises against, and no protocol can prevent: every member comes back on an empty disk. */
async function loseEveryDisk(world: World): Promise<void> {
  const { hosts } = world.options;
  await world.wait(1_500);
  await Promise.all(hosts.map((host) => host.kill()));
  for (const { id, dataDir } of hosts) {
    await rm(dataDir, { recursive: true });
    await initStore({ dataDir, member: id, members: hosts.map((host) => host.id) });
  }
}

/** Passwords that are wrong for a while, twice, and a host that listens badly and stops in any order. */
async function misuse(world: World): Promise<void> {
  const embedded = embed(world, new Dice(7));
  await world.wait(1_500);
  await changePassword(world, [2_500, 80]);
  await embedded;
}

describe('clusters of real processes', () => {
  test('keep every promise through faults of many kinds', { timeout: TIMEOUT_MS }, async () => {
    const { episode, log } = await torture({ seed: 4, servers: 3 });
    expect(episode.violations, log).toEqual([]);
    expect(episode.faults.entries().length).toBeGreaterThan(2);
    expect(timesOf(episode, 'write won')).toBeGreaterThan(50);
    expect(timesOf(episode, 'read decided')).toBeGreaterThan(50);
    expect(episode.publications).toBeGreaterThan(50);
  });

  test('outlive a NATS that carries less than a member needs', { timeout: TIMEOUT_MS }, async () => {
    const { episode, log } = await torture({
      script: async (world) => {
        await world.wait(1_500);
        expect(await carryLittle(world, world.options.dice, 2_048)).toBe(true);
      },
    });
    expect(episode.violations, log).toEqual([]);
    expect(timesOf(episode, 'write won')).toBeGreaterThan(10);
  });

  test('outlast wrong passwords and a host that stops in any order', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const { episode, log } = await torture({ script: misuse });
    expect(episode.violations, log).toEqual([]);
    expect(timesOf(episode, 'write won')).toBeGreaterThan(50);
  });

  test('whose hosts copy the stores that they have open keep them to themselves', { timeout: TIMEOUT_MS }, async () => {
    const { episode, log } = await torture({ script: copyStores() });
    expect(episode.violations, log).toEqual([]);
    expect(timesOf(episode, 'write won')).toBeGreaterThan(50);
  });

  test('whose stores have no lock but that of SQLite are found out', { timeout: TIMEOUT_MS }, async () => {
    const { episode } = await torture({ script: copyStores(WITHOUT_LOCK) });
    const properties = new Set(episode.violations.map(({ property }) => property));
    expect(properties).toContain('a second process never opens the store');
    if (episode.kept !== undefined) await rm(episode.kept, { recursive: true });
  });

  test('that lose every disk are found out', { timeout: TIMEOUT_MS }, async () => {
    const { episode } = await torture({ script: loseEveryDisk });
    const properties = new Set(episode.violations.map(({ property }) => property));
    expect(properties).toContain('once written, every later read returns it or fails');
    expect(properties).toContain('linearizability');
    if (episode.kept !== undefined) await rm(episode.kept, { recursive: true });
  });
});
