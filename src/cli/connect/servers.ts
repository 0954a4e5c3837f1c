import { isIPv6 } from 'node:net';
import { BadInputError } from '../../contract/errors.ts';

/** What a server wants to hear before it lets anyone in. */
export type Login = { readonly user: string; readonly pass: string } | { readonly token: string };

/** A NATS server, as `--nats` names it. Only its address is ever printed, so that no secret needs to be masked. */
export interface Server {
  /** As it goes before a port: an IPv6 address has its brackets. */
  readonly host: string;
  readonly port: number;
  /** Whether its URL demands TLS. */
  readonly isTls: boolean;
  readonly login?: Login;
}

const DEFAULT_PORT = 4222;
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
const ADDRESS = /^(\[[0-9a-f:.]+\]|[\p{L}\p{N}._-]+)(?::(\d{1,5}))?\/?$/iu;

/**
 * Parses the servers of `--nats`.
 * @throws BadInputError that says what is wrong without a word of the text, which may hold a password.
 */
export function parseServers(list: string): readonly Server[] {
  const urls = list.split(',').map((url) => url.trim());
  // A comma in a password would cut it in two, and its first half could pass for a server.
  if (urls.length > 1 && list.includes('@') && !urls.every((url) => SCHEME.test(url))) {
    throw badUrl('in a list with user names in it every server needs its scheme');
  }
  const servers = urls.map(parseServer);
  const logins = new Map<string, Login | undefined>();
  for (const server of servers) {
    const address = addressOf(server);
    if (logins.has(address) && !isSameLogin(logins.get(address), server.login)) {
      throw badUrl(`${address} is there twice, with different users`);
    }
    logins.set(address, server.login);
  }
  return servers;
}

/** `127.0.0.1:4222`, as the NATS library calls it too. */
export function addressOf({ host, port }: Server): string {
  return `${host}:${port}`;
}

/** Servers as they may be printed. */
export function showServers(servers: readonly Server[]): string {
  return servers.map((server) => `${server.isTls ? 'tls' : 'nats'}://${addressOf(server)}`).join(',');
}

export function isSameLogin(a: Login | undefined, b: Login | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function parseServer(url: string): Server {
  const scheme = SCHEME.exec(url)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'nats' && scheme !== 'tls') {
    throw badUrl('its scheme is neither nats:// nor tls://');
  }
  const rest = scheme === undefined ? url : url.slice(scheme.length + 3);
  // A password may hold an @ as well: the last one ends it.
  const at = rest.lastIndexOf('@');
  const login = at === -1 ? {} : { login: parseLogin(rest.slice(0, at)) };
  return { ...parseAddress(rest.slice(at + 1)), isTls: scheme === 'tls', ...login };
}

function parseAddress(text: string): { host: string; port: number } {
  const [, host, digits = String(DEFAULT_PORT)] = ADDRESS.exec(isIPv6(text) ? `[${text}]` : text) ?? [];
  const port = Number(digits);
  if (host === undefined || /^\d+$/.test(host))
    throw badUrl('it has no host name, or something else than a port after it');
  if (port < 1 || port > 65_535) throw badUrl('its port is not a number from 1 to 65535');
  try {
    return { host: new URL(`http://${host}`).hostname, port };
  } catch {
    throw badUrl('its host name is ill-formed');
  }
}

function parseLogin(text: string): Login {
  const colon = text.indexOf(':');
  const user = decode(colon === -1 ? text : text.slice(0, colon));
  if (user === '') throw badUrl('there is nothing before its @, or no user name before its password');
  return colon === -1 ? { token: user } : { user, pass: decode(text.slice(colon + 1)) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badUrl('a % in its user name or password is not followed by the two digits of a byte: write % itself as %25');
  }
}

function badUrl(what: string): BadInputError {
  return new BadInputError(
    `What --nats (STELE_NATS) holds is not the URL of a NATS server: ${what}. Give it one such as nats://127.0.0.1:4222 or tls://user:password@nats-1:4222, or several with commas between them. In a user name or password write % as %25 and a comma as %2C, and a : in a user name as %3A.`,
  );
}
