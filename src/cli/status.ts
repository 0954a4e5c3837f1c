import { type Command, Option } from 'commander';
import { BadInputError, UnavailableError } from '../errors.ts';
import { action } from './action.ts';
import { connectClient } from './connection.ts';
import { EXIT } from './exit-codes.ts';
import { jsonOption, natsOption, timeoutOption } from './options.ts';
import { writeOut } from './output.ts';
import { reportOf } from './status-report.ts';
import { tableOf } from './status-table.ts';

/** How long members have to answer, unless told otherwise. */
const STATUS_TIMEOUT_MS = 1_000;

interface StatusOptions {
  readonly nats: string;
  readonly timeout: number;
  readonly cluster?: string;
  readonly json?: true;
}

const MORE = `
Columns: incarnation (how often the member has started), registers (that it holds a state of), lag (how many fewer than the
fullest member that answered), pending (operations under way or waiting there).

Examples:
  stele status
  stele status --json | jq .quorum
  until stele status > /dev/null 2>&1; do sleep 1; done   # wait for a quorum

Exit codes:
  0  there is a quorum: a majority of the members serves
  2  bad usage or input
  3  there is none, or no member answered, or NATS cannot be reached`;

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('Show each member, and whether there is a quorum')
    .addOption(natsOption())
    .addOption(new Option('--cluster <name>', 'which cluster, where several share one NATS').env('STELE_CLUSTER'))
    .addOption(timeoutOption('members to answer', STATUS_TIMEOUT_MS))
    .addOption(jsonOption('the report'))
    .addHelpText('after', MORE)
    .action(action(EXIT.unavailable, status));
}

async function status(options: StatusOptions): Promise<number> {
  const connection = await connectClient(options, 'stele status');
  try {
    const { gatherStatus } = await import('./status-gather.ts');
    const all = await gatherStatus(connection, options.timeout);
    const answers = all.filter(({ cluster }) => options.cluster === undefined || cluster === options.cluster);
    const clusters = [...new Set(answers.map(({ cluster }) => cluster))].sort();
    if (clusters.length === 0) throw nobody(options.cluster);
    if (clusters.length > 1) {
      throw new BadInputError(
        `Members of several clusters answered: choose one with --cluster (${clusters.join(', ')}).`,
      );
    }
    const report = reportOf(answers);
    await writeOut(options.json ? `${JSON.stringify(report)}\n` : `${tableOf(report)}\n`);
    return report.quorum ? EXIT.ok : EXIT.unavailable;
  } finally {
    await connection.close();
  }
}

function nobody(cluster: string | undefined): UnavailableError {
  const whose = cluster === undefined ? 'No member' : `No member of the cluster ${cluster}`;
  return new UnavailableError(
    `${whose} answered: NATS is there, but the service is not. What was written is on the members' disks; start them with \`stele node\`, or a whole cluster with \`stele dev\`.`,
  );
}
