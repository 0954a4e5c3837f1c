import { Command, InvalidArgumentError, Option } from 'commander';
import { ensureNatsServer } from '../../src/cli/dev/nats-server-binary.ts';
import { findCapabilities } from './capabilities.ts';
import { type Episode, runEpisode } from './episode.ts';
import { outline, summarize } from './report.ts';

interface Flags {
  readonly minutes: number;
  readonly seed: number;
  readonly nats?: '1' | '3';
  readonly members: number;
  readonly episodeSeconds: number;
  readonly quiet: boolean;
}

const MORE = `
A run is a row of episodes. Each has a fresh cluster of its own, on loopback and in a directory of its own: members and
nats-servers as processes, and a wire (a small TCP proxy) between every process and every server. Clients that know
nothing but NATS write and read all along, give up, and retry, while faults strike side by side; about half way, one
member may lose its disk. Then the faults stop, what was left unknown is asked again, every register is read back, and
the history of all that clients saw is checked by test/simulation/history, which knows nothing of stele's own code.

What is violated is printed with what was seen of the register, and the directory of the episode is kept: report.txt,
history.jsonl, the stores, and the members' logs. The same seed draws the same faults again: --seed N --minutes 0 runs that
episode alone. How they meet the members depends on the machine, so a violation may take several runs to come back.

Root may do more: a disk can be filled (tmpfs), and system calls made to fail (strace). What cannot be done here is skipped,
and said to be. Everything that was started is ended by its own process id, on Ctrl-C too.

Examples:
  npm run torture -- --minutes 10 --seed 1
  npm run torture -- --minutes 2 --nats 3 --members 5
  npm run torture -- --minutes 0 --seed 17

Exit codes: 0 no violation, 1 violations, 2 bad usage, 130 ended early by Ctrl-C.`;

const flags = new Command('torture')
  .description(
    'Runs real members, real NATS servers and real files through faults of every kind, and checks what clients saw.',
  )
  .option('--minutes <number>', 'for how long to begin new episodes; 0 runs one', nonNegative, 10)
  .option('--seed <number>', 'the seed of the first episode; the next ones follow', wholeNumber, 1)
  .addOption(new Option('--nats <servers>', 'NATS servers (default: 1 and 3 in turn)').choices(['1', '3']))
  .option('--members <number>', 'members of each cluster', wholeNumber, 3)
  .option('--episode-seconds <number>', 'how long the faults of an episode go on', nonNegative, 30)
  .option('--quiet', 'print a line an episode, not what happens in it', false)
  .addHelpText('after', MORE)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse()
  .opts<Flags>();

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    console.log(`${signal}: ending what was started…`);
    interrupted.abort();
  });
}

await ensureNatsServer((sentence) => console.log(sentence));
process.exitCode = await run(flags, interrupted.signal);

async function run({ minutes, seed, nats, members, episodeSeconds, quiet }: Flags, signal: AbortSignal) {
  const endMs = performance.now() + minutes * 60_000;
  const capabilities = findCapabilities((sentence) => console.log(sentence));
  const print = (line: string) => quiet || console.log(line);
  const episodes: Episode[] = [];
  do {
    const next = seed + episodes.length;
    // By the seed, so that the same seed alone is the same episode.
    const servers = nats === undefined ? (next % 2 === 0 ? 3 : 1) : Number(nats);
    console.log(`episode ${episodes.length + 1}, seed ${next}: ${members} members, NATS servers: ${servers}`);
    try {
      const shape = { members, servers, lastsMs: episodeSeconds * 1_000 };
      const episode = await runEpisode({ seed: next, ...shape, capabilities, print, signal });
      console.log(outline(episode));
      episodes.push(episode);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  } while (!signal.aborted && performance.now() < endMs);
  for (const line of summarize(episodes)) console.log(line);
  if (signal.aborted) return 130;
  return episodes.every(({ violations }) => violations.length === 0) ? 0 : 1;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}

function nonNegative(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError('It must be a number from 0.');
  return value;
}
