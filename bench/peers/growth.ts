import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { buildClient } from './client-build.ts';
import { aside, type Setting } from './growth/clusters.ts';
import { measureFailover } from './growth/failover.ts';
import { measureRegisters } from './growth/registers.ts';
import { measureMembers, measureValues, measureWriters } from './growth/shapes.ts';
import { machineWords, versionOf } from './machine.ts';
import { type CommonOptions, commonOptions, extentOf, wholeNumbers, words } from './options.ts';
import { growthMarkdown } from './report/growth-markdown.ts';
import { growthPlots } from './report/growth-plots.ts';
import type { GrowthReport } from './report/growth-report.ts';
import { json, save } from './save.ts';
import { onSite } from './site.ts';

const PARTS = ['registers', 'members', 'values', 'failover', 'writers'] as const;
const SIZES = [0, 1_000_000, 10_000_000];
const QUICK_SIZES = [0, 20_000];

interface Options extends CommonOptions {
  readonly only: readonly (typeof PARTS)[number][];
  readonly registers?: readonly number[];
  readonly tryTimeout: number;
}

const MORE = `
The parts (--only):
  registers  the same figures with 0, 1 and 10 million registers already written, each on a cluster of its own; and
             what a member then needs of memory and disk, and how soon it serves again after a kill
  members    3 members and 5
  values     64 B, 1 KiB and 16 KiB
  failover   one of three members killed under load, and started again
  writers    1,000 writers at once on one register, and each on its own

What is compared takes turns, a few seconds each, round after round. Ten million registers take some gigabytes of disk, and as
long to write as it takes: --registers 0,1000000 is enough to see which way it goes.

Examples:
  npm run build && npm run bench:growth
  npm run bench:growth -- --quick
  npm run bench:growth -- --only failover,writers --nats-server /opt/newer/nats-server

Exit codes: 0 measured, 1 something failed, 2 bad usage, 130 ended by Ctrl-C.`;

type Measure = (setting: Setting, report: GrowthReport, sizes: readonly number[]) => Promise<void>;

const measure: Record<(typeof PARTS)[number], Measure> = {
  registers: async (setting, report, sizes) => {
    report.registers = await aside(setting, (own) => measureRegisters(own, sizes));
  },
  members: async (setting, report) => {
    report.members = await aside(setting, measureMembers);
  },
  values: async (setting, report) => {
    report.values = await aside(setting, measureValues);
  },
  failover: async (setting, report) => {
    report.failover = await aside(setting, (own) => measureFailover(own, options.tryTimeout));
  },
  writers: async (setting, report) => {
    report.writers = await aside(setting, measureWriters);
  },
};

const program = new Command('bench:growth')
  .description('Measures stele as it grows, and when a member is down; saves tables, plots and raw figures.')
  .addOption(new Option('--only <parts>', `some of ${PARTS.join(', ')}`).argParser(words(PARTS)).default(PARTS, 'all'))
  .addOption(
    new Option('--registers <list>', 'how many are written already (default: 0,1000000,10000000)').argParser(
      wholeNumbers(0),
    ),
  )
  .addOption(
    new Option('--try-timeout <seconds>', "failover: after how long a request is repeated; the library's default")
      .argParser(Number)
      .default(1),
  )
  .addHelpText('after', MORE)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
for (const option of commonOptions('growth')) program.addOption(option);

const options = program.parse().opts<Options>();
process.exitCode = await onSite(options.work, async (site) => {
  const { stele, natsServer, out, only } = options;
  const version = await versionOf(natsServer);
  if (version === undefined) throw new Error(`There is no nats-server at ${natsServer}: give --nats-server.`);
  if (!existsSync(stele)) throw new Error(`There is no ${stele}: run npm run build first.`);
  const { binary: client } = await buildClient(site.tell);
  const extent = extentOf(options);
  const startedAt = new Date().toISOString();
  const report: GrowthReport = { startedAt, machine: machineWords(), extent, natsServer: version };
  const setting: Setting = { site, client, extent, stele, natsServer };
  const sizes = options.registers ?? (options.quick ? QUICK_SIZES : SIZES);
  const failures: string[] = [];
  for (const part of PARTS.filter((one) => only.includes(one))) {
    try {
      await measure[part](setting, report, sizes);
    } catch (error) {
      site.signal.throwIfAborted();
      failures.push(`${part}: ${error instanceof Error ? error.message : error}`);
      site.tell(`FAILED ${failures.at(-1)}`);
    }
    // What is measured is kept, whatever becomes of the next part.
    await save(out, { ...growthPlots(report), 'growth.md': growthMarkdown(report), 'growth.json': json(report) });
  }
  site.tell(`\n${growthMarkdown(report)}\nSaved in ${out}`);
  const parts = [report.registers, report.members, report.values, report.writers];
  const cells = parts.flatMap((part) => part?.cells ?? []);
  if (cells.some(({ failure }) => failure !== undefined)) failures.push('Some figures are missing: see above, Failed.');
  if (failures.length > 0) throw new Error(failures.join('\n'));
});
