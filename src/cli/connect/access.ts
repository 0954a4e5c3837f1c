import {
  type Authenticator,
  credsAuthenticator,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from 'nats';
import { BadInputError } from '../../contract/errors.ts';
import type { NatsFlags } from '../options.ts';
import { followFile } from './credential-files.ts';
import { addressOf, isSameLogin, type Login, parseServers, type Server } from './servers.ts';
import { type Tls, tlsOf } from './tls.ts';

/** Where NATS is and how to be let in, parsed once. */
export interface Access {
  readonly servers: readonly Server[];
  /** Undefined where TLS is not demanded: then the server decides. */
  readonly tls: Tls | undefined;
  /** Whether all servers are shown the same. */
  readonly isUniform: boolean;
  /** What a server is shown: its own, and nothing of another's. */
  authenticatorOf(server: Server): Authenticator;
}

const nothing: Authenticator = () => undefined;

/**
 * Parses what a command was given.
 * @throws BadInputError for a URL, a file or a combination of them that will not do. Nothing was sent.
 */
export function parseAccess(flags: NatsFlags, environment: NodeJS.ProcessEnv = process.env): Access {
  const servers = parseServers(flags.nats);
  const otherwise = loginIn(environment);
  const loginOf = (server: Server) => server.login ?? otherwise;
  const shared = sharedAuthenticator(flags);
  if (shared !== undefined && servers.some((server) => loginOf(server) !== undefined)) {
    throw tooMany('--creds or --nkey, and a user or token in --nats or STELE_NATS_USER or STELE_NATS_TOKEN');
  }
  const [first, ...others] = servers.map(loginOf);
  return {
    servers,
    tls: tlsOf(flags, servers),
    isUniform: others.every((login) => isSameLogin(login, first)),
    authenticatorOf: (server) => shared ?? authenticatorFor(loginOf(server)),
  };
}

/** The authenticators of all servers, by address. */
export function authenticatorsByAddress(access: Access): ReadonlyMap<string, Authenticator> {
  return new Map(access.servers.map((server) => [addressOf(server), access.authenticatorOf(server)]));
}

function sharedAuthenticator({ creds, nkey }: NatsFlags): Authenticator | undefined {
  if (creds !== undefined && nkey !== undefined) throw tooMany('--creds and --nkey');
  if (creds !== undefined) {
    return credsAuthenticator(
      followFile('--creds (STELE_CREDS)', creds, (content) =>
        problemOf(credsAuthenticator(content), 'is not a credentials file, such as nsc makes, with a JWT and a seed'),
      ),
    );
  }
  if (nkey === undefined) return undefined;
  const read = followFile('--nkey (STELE_NKEY)', nkey, (content) =>
    problemOf(nkeyAuthenticator(trimmed(content)), 'is not the seed of a user, which begins with SU'),
  );
  return nkeyAuthenticator(() => trimmed(read()));
}

function problemOf(authenticator: Authenticator, problem: string): string | undefined {
  try {
    authenticator('nonce');
    return undefined;
  } catch {
    return problem;
  }
}

function trimmed(content: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(content).toString().trim());
}

function authenticatorFor(login: Login | undefined): Authenticator {
  if (login === undefined) return nothing;
  if ('token' in login) return tokenAuthenticator(login.token);
  return usernamePasswordAuthenticator(login.user, login.pass);
}

/** The login for servers whose URL has none. */
function loginIn(environment: NodeJS.ProcessEnv): Login | undefined {
  const { STELE_NATS_USER: user, STELE_NATS_PASSWORD: pass, STELE_NATS_TOKEN: token } = environment;
  if (token !== undefined) {
    if (user !== undefined || pass !== undefined) throw tooMany('STELE_NATS_TOKEN, and a user or password');
    return { token };
  }
  if (user === undefined && pass === undefined) return undefined;
  if (user === undefined || pass === undefined) {
    throw new BadInputError('STELE_NATS_USER and STELE_NATS_PASSWORD go together, and one of them is not set.');
  }
  return { user, pass };
}

function tooMany(what: string): BadInputError {
  return new BadInputError(`More than one way to be let in by NATS was given: ${what}. Choose one.`);
}
