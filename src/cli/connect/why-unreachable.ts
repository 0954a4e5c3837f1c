import { natsFaultOf } from '../../contract/nats-errors.ts';

/** Why a server could not be used. */
export interface Why {
  /** Whether nothing of NATS answered, or a server did and would not have us, or not in this way. */
  readonly kind: 'absent' | 'turned-away' | 'unsafe';
  /** The rest of a sentence that begins with the server. */
  readonly text: string;
}

const absent = (text: string): Why => ({ kind: 'absent', text });
const unsafe = (text: string): Why => ({ kind: 'unsafe', text });

const OF_THE_SYSTEM: ReadonlyMap<string, Why> = new Map([
  ['ECONNREFUSED', absent('nothing listens there')],
  ['ENOTFOUND', absent('its host name is not known: check its spelling, and the DNS of this machine')],
  ['EAI_AGAIN', absent('its host name could not be looked up: the DNS of this machine does not answer')],
  ['EHOSTUNREACH', absent('no network leads there')],
  ['ENETUNREACH', absent('no network leads there')],
  ['ETIMEDOUT', absent('no answer in time: is a firewall between?')],
  [
    'ECONNRESET',
    absent(
      'it closed the connection at once; a server that wants a client certificate does so (--tls-cert, --tls-key)',
    ),
  ],
  ['EPIPE', absent('it closed the connection at once')],
  ['EMFILE', absent('this process has too many files open: see ulimit -n')],
  ['ENFILE', absent('this machine has too many files open')],
  ['EACCES', absent('this machine does not let this process connect there')],
  ['EADDRNOTAVAIL', absent('this machine has no address or port left to connect from')],
]);

const OF_CERTIFICATES: ReadonlyMap<string, string> = new Map([
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'it is of an authority that is not known here'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'it is of an authority that is not known here'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'it is of an authority that is not known here'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'it is of an authority that is not known here'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'it is signed by itself alone'],
  ['CERT_UNTRUSTED', 'its authority is not trusted'],
  ['CERT_REJECTED', 'its authority is not trusted'],
  ['CERT_SIGNATURE_FAILURE', 'its signature is wrong'],
  ['INVALID_CA', 'its authority may not sign certificates'],
  ['INVALID_PURPOSE', 'it is not one for a server'],
  ['CERT_HAS_EXPIRED', 'it has expired, or the clock of this machine is wrong'],
  ['CERT_NOT_YET_VALID', 'it is not valid yet, or the clock of this machine is wrong'],
  ['CERT_REVOKED', 'it was revoked'],
]);

/** Tells why connecting to a server failed, and what to do about it. */
export function whyUnreachable(error: unknown): Why {
  const code = codeOf(error);
  if (natsFaultOf(error) === 'authentication') return { kind: 'turned-away', text: turnedAway(code) };
  const known = OF_THE_SYSTEM.get(code);
  if (known !== undefined) return known;
  const certificate = OF_CERTIFICATES.get(code);
  if (certificate !== undefined) {
    return unsafe(
      `its certificate cannot be verified: ${certificate}. --tls-ca names the file of its authority; nothing was sent to it`,
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return unsafe('its certificate is for another host name: use the name that it has; nothing was sent to it');
  }
  if (/^ERR_SSL_.*(CERTIFICATE|UNKNOWN_CA)/.test(code)) {
    return unsafe(
      'it wants a client certificate, and not the one that was shown, if any: --tls-cert and --tls-key name one',
    );
  }
  if (/^ERR_(SSL|TLS)|^EPROTO$|^TLS$/.test(code)) return unsafe(`TLS with it failed (${messageOf(error)})`);
  switch (code) {
    case 'SERVER_OPT_NA':
      return unsafe('it does not offer TLS, which tls:// and --tls-… demand, so nothing was sent to it');
    case 'CONNECTION_REFUSED':
    case '':
      return messageOf(error) === 'unexpected response from server'
        ? absent('what answers there is not a NATS server')
        : absent('it closed the connection at once');
    case 'TIMEOUT':
    case 'CONNECTION_TIMEOUT':
      return absent('no answer in time');
    default:
      return absent(messageOf(error));
  }
}

function turnedAway(code: string): string {
  return `it turned the user away (${code}): ${whyTurnedAway(code)}`;
}

function whyTurnedAway(code: string): string {
  if (code.endsWith('EXPIRED')) return 'the credentials have expired';
  if (code === 'AUTHENTICATION_TIMEOUT') return 'it did not hear the credentials in time';
  return 'a wrong user, password, token or key, or none where one is needed (see --help, Access to NATS)';
}

/** The system's own code, which the NATS library wraps for a connection that was refused. */
function codeOf(error: unknown): string {
  if (!(error instanceof Object)) return '';
  const { code, chainedError } = error as { code?: unknown; chainedError?: { code?: unknown } };
  return String(chainedError?.code ?? code ?? '');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
