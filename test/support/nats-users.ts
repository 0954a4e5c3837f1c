import { nkeys } from 'nats';

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** A NATS server's configuration in operator mode, and the credentials file of a user that it knows. */
export function operatorMode(): { readonly config: string; readonly creds: string } {
  const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
  const anyNumber = { subs: -1, data: -1, payload: -1 };
  const limits = { ...anyNumber, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const operatorJwt = jwt(operator, operator, { type: 'operator', version: 2 });
  const accountJwt = jwt(operator, account, { limits, type: 'account', version: 2 });
  const userJwt = jwt(account, user, { pub: {}, sub: {}, ...anyNumber, type: 'user', version: 2 });
  const seed = Buffer.from(user.getSeed()).toString();
  return {
    config: `operator: ${operatorJwt}\nresolver: MEMORY\nresolver_preload: { ${account.getPublicKey()}: ${accountJwt} }\n`,
    creds: `-----BEGIN NATS USER JWT-----\n${userJwt}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`,
  };
}

function jwt(issuer: KeyPair, subject: KeyPair, nats: object): string {
  const claims = {
    jti: 'test',
    iat: 1_600_000_000,
    iss: issuer.getPublicKey(),
    name: 'test',
    sub: subject.getPublicKey(),
    nats,
  };
  const parts = [{ typ: 'JWT', alg: 'ed25519-nkey' }, claims].map((part) => base64url(JSON.stringify(part))).join('.');
  return `${parts}.${base64url(issuer.sign(Buffer.from(parts)))}`;
}

function base64url(data: string | Uint8Array): string {
  return Buffer.from(data).toString('base64url');
}
