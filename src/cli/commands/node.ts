import { type Command, Option } from 'commander';
import { action } from '../action.ts';
import { EXIT } from '../exit-codes.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../log/choices.ts';
import { natsOption, prefixOption } from '../options.ts';
import { dataOption } from './init.ts';
import type { NodeOptions } from './node-run.ts';

const MORE = `
It refuses a directory with no store (see stele init): a lost disk must not come back as an empty one. Without NATS it
waits, and reconnects for ever, also while NATS turns it away: the log says why. Files of credentials and certificates are
read again at each reconnection. A start that is refused leaves the store's files as they were. SIGTERM, SIGHUP or Ctrl-C: it
finishes what is under way and leaves; a second one: it exits at once, and nothing that was acknowledged is lost.

Examples:
  stele node --data /var/lib/stele --nats nats://nats-1:4222,nats://nats-2:4222,nats://nats-3:4222
  STELE_NATS_USER=n1 STELE_NATS_PASSWORD=secret stele node --data /var/lib/stele --nats tls://nats-1:4222
  stele node --data /var/lib/stele --nats tls://nats-1:4222 --creds /etc/stele/n1.creds --tls-ca /etc/stele/ca.pem

Exit codes:
  0    asked to leave, and left
  1    failed while running: a disk, or a connection to NATS that cannot be gone on with. Starting again may help
  2    bad usage or input: also a file of credentials or certificates that cannot be read
  3    NATS is there and cannot serve this member: it has no headers, or it ended the member's service for want of a
       permission. Starting again helps once NATS is set right
  4    the store may not be used: there is none, another process has it open, it is corrupt or of a later version, or the
       other members do not listen to it (a lost disk, an old copy). Starting again does not help
  5    SQLite's driver, or what locks files, is not installed or does not load: the message says how to build it
  129  a second SIGHUP; 130: a second SIGINT; 143: a second SIGTERM`;

export function addNodeCommand(program: Command): void {
  program
    .command('node')
    .description('Run a member')
    .addOption(dataOption("the directory of the member's store").makeOptionMandatory())
    .addOption(natsOption())
    .addOption(prefixOption())
    .addOption(
      new Option('--log-level <level>', 'how much to log').env('STELE_LOG_LEVEL').choices(LOG_LEVELS).default('info'),
    )
    .addOption(
      new Option('--log-format <format>', 'how to log (default: text in a terminal, else json)')
        .env('STELE_LOG_FORMAT')
        .choices(LOG_FORMATS),
    )
    .addHelpText('after', MORE)
    .action(
      action(EXIT.otherwise, async (options: NodeOptions) => {
        const { runNode } = await import('./node-run.ts');
        return runNode(options);
      }),
    );
}
