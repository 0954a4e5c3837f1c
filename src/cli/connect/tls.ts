import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, createSecureContext, type PeerCertificate } from 'node:tls';
import type { TlsOptions } from 'nats';
import { BadInputError } from '../../contract/errors.ts';
import type { NatsFlags } from '../options.ts';
import { readNamedFile } from './credential-files.ts';
import type { Server } from './servers.ts';

/** What the NATS library hands on to Node as well. */
export interface Tls extends TlsOptions {
  readonly checkServerIdentity: typeof checkServerIdentity;
}

/**
 * What TLS is to use; undefined where nothing demands it. One `tls://` among the servers demands it of all, for the library
 * may go on to any of them.
 * @throws BadInputError for files that will not do.
 */
export function tlsOf(flags: NatsFlags, servers: readonly Server[]): Tls | undefined {
  const { tlsCa: caFile, tlsCert: certFile, tlsKey: keyFile } = flags;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new BadInputError('--tls-cert and --tls-key go together, and one of them was not given.');
  }
  const isDemanded = servers.some(({ isTls }) => isTls) || caFile !== undefined || certFile !== undefined;
  if (!isDemanded) return undefined;
  if (caFile !== undefined) checkAuthority(readNamedFile('--tls-ca (STELE_TLS_CA)', caFile));
  if (certFile !== undefined && keyFile !== undefined) checkPair(certFile, keyFile);
  // As files rather than their content: a member finds new certificates when it reconnects.
  return {
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined || keyFile === undefined ? {} : { certFile, keyFile }),
    checkServerIdentity: identityCheck(servers),
  };
}

function checkAuthority(ca: Buffer): void {
  try {
    new X509Certificate(ca);
  } catch {
    throw new BadInputError(
      'The file that --tls-ca (STELE_TLS_CA) names holds no certificate in PEM. Nothing was sent.',
    );
  }
}

function checkPair(certFile: string, keyFile: string): void {
  const cert = readNamedFile('--tls-cert (STELE_TLS_CERT)', certFile);
  const key = readNamedFile('--tls-key (STELE_TLS_KEY)', keyFile);
  try {
    createSecureContext({ cert, key });
  } catch {
    throw new BadInputError(
      'The files that --tls-cert and --tls-key name are not a certificate and its key, in PEM and without a passphrase. Nothing was sent.',
    );
  }
}

/**
 * Checks a certificate against the addresses too where a server was named by one. The NATS library does not pass an address on,
 * and Node then looks for the name `localhost`.
 */
function identityCheck(servers: readonly Server[]): typeof checkServerIdentity {
  const hosts = servers.map(({ host }) => host.replace(/^\[|\]$/g, ''));
  const addresses = hosts.filter((host) => isIP(host) !== 0);
  return (name: string, certificate: PeerCertificate) => {
    const problem = checkServerIdentity(name, certificate);
    if (problem === undefined || hosts.includes(name)) return problem;
    const isKnown = addresses.some((address) => checkServerIdentity(address, certificate) === undefined);
    return isKnown ? undefined : (checkServerIdentity(addresses[0] ?? name, certificate) ?? problem);
  };
}
