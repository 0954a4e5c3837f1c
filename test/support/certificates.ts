import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes certificates in a directory, with openssl. */
export class Certificates {
  readonly #directory: string;
  /** The file of the authority's own certificate. */
  readonly authority: string;

  constructor(directory: string) {
    this.#directory = directory;
    this.authority = this.#path('authority.pem');
    this.#openssl(['req', '-x509', ...NEW_KEY, '-keyout', this.#path('authority.key'), '-out', this.authority]);
  }

  /** @param names such as `DNS:localhost,IP:127.0.0.1`. */
  issue(name: string, names: string): { readonly cert: string; readonly key: string } {
    const [cert, key, request, extensions] = ['pem', 'key', 'csr', 'ext'].map((ending) =>
      this.#path(`${name}.${ending}`),
    );
    if (cert === undefined || key === undefined || request === undefined || extensions === undefined) throw new Error();
    this.#openssl(['req', ...NEW_KEY, '-keyout', key, '-out', request]);
    writeFileSync(extensions, `subjectAltName=${names}\n`);
    const issuer = ['-CA', this.authority, '-CAkey', this.#path('authority.key'), '-CAcreateserial'];
    this.#openssl(['x509', '-req', '-in', request, ...issuer, '-days', '2', '-extfile', extensions, '-out', cert]);
    return { cert, key };
  }

  #path(file: string): string {
    return join(this.#directory, file);
  }

  #openssl(args: readonly string[]): void {
    execFileSync('openssl', args, { stdio: 'pipe' });
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=stele test'];
