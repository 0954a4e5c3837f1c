import { basename, relative } from 'node:path';
import { DEFAULT_NATS_PORT } from '../options.ts';

export interface DevScreen {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly prefix: string;
  readonly natsPid: number | undefined;
  /** `pid` is undefined for one that does not run and will not be started again. */
  readonly members: readonly { readonly name: string; readonly pid: number | undefined }[];
}

const WORDS = ['No', 'One member', 'Two members', 'Three members', 'Four members', 'Five members', 'Six members'];

/** What `stele dev` shows once the cluster serves: what is there, and what to try next. */
export function devScreen({ url, port, dataDir, prefix, natsPid, members }: DevScreen): string {
  const stele = basename(process.argv[1] ?? '') === 'stele' ? 'stele' : 'npx stele';
  const flags = port === DEFAULT_NATS_PORT ? '' : ` --nats ${url}`;
  const nats = port === DEFAULT_NATS_PORT ? 'nats' : `nats --server ${url}`;
  const shownDir = relative('.', dataDir).startsWith('..') ? dataDir : relative('.', dataDir) || '.';
  const up = members.filter(({ pid }) => pid !== undefined);
  const count = WORDS[up.length] ?? `${up.length} members`;
  const victim = up.at(-1);
  const lines: (readonly [command: string, what: string])[] = [
    ['write orders.17 alice', 'the first write wins (exit code 0)'],
    ['write orders.17 bob', 'a later one loses, and is told: alice (exit code 1)'],
    ['read orders.17', 'alice, whomever you ask, for ever'],
    ["watch 'orders.>'", 'decisions as they happen'],
    ['status', 'who is up, and whether there is a quorum'],
  ].map(([command = '', what = '']) => [`${stele} ${command}${flags}`, what]);
  if (up.length >= 3 && process.platform !== 'win32') {
    lines.push([`kill -9 ${victim?.pid}`, `${victim?.name} dies; all of the above goes on, and it comes back`]);
  }
  const width = Math.max(...lines.map(([command]) => command.length));
  return `
${count} and a NATS server are up on this machine.

  nats  ${url}  (process ${natsPid})
${members.map(({ name, pid }) => `  ${name.padEnd(4)}  ${shownDir}/${name}  (${pid === undefined ? 'does not run: see above' : `process ${pid}`})`).join('\n')}

Try next, in another terminal:

${lines.map(([command, what]) => `  ${command.padEnd(width)}   # ${what}`).join('\n')}

Any NATS client will do, such as the command line of NATS (https://github.com/nats-io/natscli):

  ${nats} request ${prefix}.write.orders.18 carol
  ${nats} request ${prefix}.read.orders.18 ''
  ${nats} subscribe '${prefix}.decided.>'
  ${nats} micro stats register

Ctrl-C stops the cluster; what was written stays in ${shownDir}.
`;
}
