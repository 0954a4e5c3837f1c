import { type Command, Option } from 'commander';
import { action } from '../action.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonOption, memberIdOption, membersOption } from '../options.ts';
import { writeOut } from '../output.ts';

interface InitOptions {
  readonly id: string;
  readonly members: readonly string[];
  readonly data: string;
  readonly cluster?: string;
  readonly json?: true;
}

const MORE = `
Run it once for each member, on the machine and the disk that the member will use, with the same --members everywhere.
It refuses a directory that holds a store. The other members remember a store: a member whose disk is lost must not come
back with a new one under its old id, for it would have forgotten what it promised. Its files are for this user alone
(mode 0600; a directory that it makes, 0700), so run the member as the same user.

Examples:
  stele init --id n1 --members n1,n2,n3 --data /var/lib/stele
  stele init --id eu-1 --members eu-1,eu-2,us-1,us-2,us-3 --data /var/lib/stele --cluster orders

Exit codes:
  0  the store is there
  1  the disk could not be written: the message says which path, and why
  2  bad usage or input: nothing was made
  4  the directory holds a store already; it is as it was
  5  SQLite's driver, or what locks files, is not installed or does not load: the message says how to build it`;

export function addInitCommand(program: Command): void {
  program
    .command('init')
    .description("Create a member's store: its identity, and who the members are")
    .addOption(memberIdOption())
    .addOption(membersOption())
    .addOption(dataOption('the directory to make the store in').makeOptionMandatory())
    .addOption(
      new Option('--cluster <name>', 'the name of the cluster: members of another one are not listened to').env(
        'STELE_CLUSTER',
      ),
    )
    .addOption(jsonOption('what was made'))
    .addHelpText('after', MORE)
    .action(action(EXIT.otherwise, init));
}

export function dataOption(what: string): Option {
  return new Option('--data <directory>', what).env('STELE_DATA');
}

async function init({ id, members, data, cluster, json }: InitOptions): Promise<number> {
  const { initStore } = await import('../../store/init.ts');
  const identity = { dataDir: data, member: id, members, ...(cluster === undefined ? {} : { cluster }) };
  const { storeId } = await initStore(identity);
  await writeOut(
    json
      ? `${JSON.stringify({ member: id, members, data, storeId })}\n`
      : `Made the store of ${id} (of ${members.join(', ')}) in ${data}. Run it with: stele node --data ${data}\n`,
  );
  return EXIT.ok;
}
