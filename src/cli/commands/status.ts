import { type Command, Option } from 'commander';
import { DEFAULT_PREFIX } from '../../contract/subjects.ts';
import { action } from '../action.ts';
import { connectClient } from '../connect/connection.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonOption, type NatsFlags, natsOption, prefixOption, timeoutOption } from '../options.ts';
import { writeOut } from '../output.ts';
import { answersOf } from '../status/choice.ts';
import { reportOf } from '../status/report.ts';
import { tableOf } from '../status/table.ts';

/** How long members have to answer, unless told otherwise. */
const STATUS_TIMEOUT_MS = 1_000;

interface StatusOptions extends NatsFlags {
  readonly prefix?: string;
  readonly timeout: number;
  readonly cluster?: string;
  readonly json?: true;
}

const MORE = `
It shows the one cluster of the prefix. It needs permission to publish on $SRV.STATS.register.

Columns: incarnation (how often the member has started), registers (that it holds a state of), lag (how many fewer than the
fullest member that answered), pending (operations under way or waiting there).

Examples:
  stele status
  stele status --json | jq .quorum
  until stele status > /dev/null 2>&1; do sleep 1; done   # wait for a quorum

Exit codes:
  0  there is a quorum: a majority of the members serves
  2  bad usage or input; or several clusters answered, and --cluster must say which
  3  there is no quorum, or none that can be told (two clusters of one name), or no member answered, or NATS cannot be
     reached, turned this user away, cannot be trusted, or does not permit the question`;

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('Show each member, and whether there is a quorum')
    .addOption(natsOption())
    .addOption(prefixOption())
    .addOption(new Option('--cluster <name>', 'which cluster, where several share the prefix').env('STELE_CLUSTER'))
    .addOption(timeoutOption('members to answer', STATUS_TIMEOUT_MS))
    .addOption(jsonOption('the report'))
    .addHelpText('after', MORE)
    .action(action(EXIT.unavailable, status));
}

async function status(options: StatusOptions): Promise<number> {
  const connection = await connectClient(options, 'stele status');
  try {
    const { gatherStatus } = await import('../status/gather.ts');
    const all = await gatherStatus(connection, options.timeout);
    const answers = answersOf(all, options.prefix ?? DEFAULT_PREFIX, options.cluster);
    const report = reportOf(answers);
    await writeOut(options.json ? `${JSON.stringify(report)}\n` : `${tableOf(report)}\n`);
    return report.quorum ? EXIT.ok : EXIT.unavailable;
  } finally {
    await connection.close();
  }
}
