import { Command, Option } from 'commander';
import { buildClient } from './client-build.ts';
import { comparePeers } from './compare.ts';
import { SYSTEMS, type SystemId } from './gather.ts';
import { type CommonOptions, commonOptions, words } from './options.ts';
import { onSite } from './site.ts';

interface Options extends CommonOptions {
  readonly only: readonly SystemId[];
  readonly etcd: string;
  readonly java: string;
  readonly zookeeper: string;
}

const MORE = `
It starts three members of stele over three NATS servers, and beside them three servers of each peer that it finds, on
loopback and in a directory of its own. One client, written in Go, keeps so many requests in flight, against each
system in turn, a few seconds at a time, round after round: what slows the machine down meets all of them. Whoever has
no turn idles; the report says what that costs. Where one answer is wrong or missing there is no figure, and exit code 1.

A figure alone says more of the machine than of the system: read the ratios. Close what else is running.

Which peers: Debian has them as packages (nats-server, etcd-server, zookeeper; golang-go and golang-etcd-server-dev to
build the client). bench/peers/README.md says how to get newer versions without installing them.

Examples:
  npm run build && npm run bench:peers
  npm run bench:peers -- --quick --only stele,etcd
  npm run bench:peers -- --nats-server /opt/newer/nats-server --etcd /opt/newer/etcd --work /mnt/disk

Exit codes: 0 measured, 1 something failed, 2 bad usage, 130 ended by Ctrl-C.`;

const program = new Command('bench:peers')
  .description(
    'Measures stele side by side with JetStream KV, etcd and ZooKeeper, and saves tables, plots and raw figures.',
  )
  .addOption(
    new Option('--only <systems>', `some of ${SYSTEMS.join(', ')}`).argParser(words(SYSTEMS)).default(SYSTEMS, 'all'),
  )
  .addOption(new Option('--before <main.js>', 'an earlier build of stele, to measure in the same turns'))
  .addOption(new Option('--etcd <path>', 'which etcd to start').env('STELE_BENCH_ETCD').default('etcd'))
  .addOption(
    new Option('--zookeeper <jar>', "ZooKeeper's jar, or a class path")
      .env('STELE_BENCH_ZOOKEEPER')
      .default('/usr/share/java/zookeeper.jar'),
  )
  .addOption(new Option('--java <path>', 'which Java to run it with').default('java'))
  .addHelpText('after', MORE)
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
for (const option of commonOptions('peers')) program.addOption(option);

const options = program.parse().opts<Options>();
process.exitCode = await onSite(options.work, async (site) => {
  const client = await buildClient(site.tell);
  await comparePeers(site, client, options);
});
