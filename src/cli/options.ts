import { type Command, InvalidArgumentError, Option } from 'commander';
import { problemWithMemberId, problemWithOpId, problemWithPrefix } from '../contract/names.ts';

export const DEFAULT_NATS_PORT = 4222;
/** How many members a new cluster of `stele dev` has. */
export const DEFAULT_NODES = 3;
const DEFAULT_NATS_URL = `nats://127.0.0.1:${DEFAULT_NATS_PORT}`;
/** How long a read or a write goes on, with all its tries. */
export const OPERATION_TIMEOUT_MS = 5_000;
/** The longest that a client command may be told to wait: an hour. */
const TIMEOUT_MS_MAX = 3_600_000;

export function natsOption(): Option {
  return new Option('--nats <urls>', 'the NATS servers, with commas between them; tls:// demands TLS of all')
    .env('STELE_NATS')
    .default(DEFAULT_NATS_URL);
}

/** The flags that say where NATS is, and what to show there. */
export interface NatsFlags {
  readonly nats: string;
  readonly creds?: string;
  readonly nkey?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

const ACCESS =
  'Access to NATS (user and password: in --nats, or STELE_NATS_USER and STELE_NATS_PASSWORD, or STELE_NATS_TOKEN):';

/** Gives every command that speaks to NATS the flags to be let in with. */
export function addAccessOptions(commands: readonly Command[]): void {
  const file = (flags: string, what: string, variable: string) =>
    new Option(flags, what).env(variable).helpGroup(ACCESS);
  for (const command of commands) {
    if (!command.options.some(({ long }) => long === '--nats')) continue;
    command
      .addOption(file('--creds <file>', 'a credentials file, with a JWT and a seed', 'STELE_CREDS'))
      .addOption(file('--nkey <file>', 'a file with the seed of an NKey', 'STELE_NKEY'))
      .addOption(file('--tls-ca <file>', "the certificate of the servers' authority; demands TLS", 'STELE_TLS_CA'))
      .addOption(file('--tls-cert <file>', "this client's certificate; demands TLS", 'STELE_TLS_CERT'))
      .addOption(file('--tls-key <file>', 'the key of --tls-cert', 'STELE_TLS_KEY'));
  }
}

export function prefixOption(): Option {
  return new Option('--prefix <prefix>', 'what the subjects of the service start with (default: register)')
    .env('STELE_PREFIX')
    .argParser(checked(problemWithPrefix));
}

export function timeoutOption(what: string, defaultMs: number): Option {
  return new Option('--timeout <ms>', `how many milliseconds to wait for ${what}`)
    .env('STELE_TIMEOUT')
    .default(defaultMs)
    .argParser(wholeNumber(1, TIMEOUT_MS_MAX));
}

export function jsonOption(what: string): Option {
  return new Option('--json', `print ${what} as JSON`).env('STELE_JSON');
}

export function opIdOption(): Option {
  return new Option('--op-id <id>', 'the operation id: a retry with the same one settles an unknown outcome')
    .env('STELE_OP_ID')
    .argParser(checked(problemWithOpId));
}

export function memberIdOption(): Option {
  return new Option('--id <member>', "this member's id, such as n1")
    .env('STELE_ID')
    .argParser(checked(problemWithMemberId))
    .makeOptionMandatory();
}

export function membersOption(): Option {
  return new Option('--members <ids>', 'the ids of all members, with commas between them')
    .env('STELE_MEMBERS')
    .argParser(list)
    .makeOptionMandatory();
}

/** Reads a whole number between two bounds, both included. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

function checked(problemWith: (text: string) => string | undefined): (text: string) => string {
  return (text) => {
    const problem = problemWith(text);
    if (problem !== undefined) throw new InvalidArgumentError(problem);
    return text;
  };
}

function list(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}
