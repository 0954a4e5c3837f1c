import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseServers, showServers } from '../../src/cli/connect/servers.ts';
import { withoutValues } from '../../src/cli/usage-errors.ts';
import { BadInputError } from '../../src/contract/errors.ts';

function problemWith(list: string): string {
  try {
    parseServers(list);
  } catch (error) {
    expect(error).toBeInstanceOf(BadInputError);
    return inspect(error);
  }
  throw new Error(`${list} was taken`);
}

describe('a server', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1', 4222, undefined],
    ['nats-1:4333', 'nats-1', 4333, undefined],
    ['nats://nats-1:4333/', 'nats-1', 4333, undefined],
    ['NATS://h', 'h', 4222, undefined],
    ['[::1]:4333', '[::1]', 4333, undefined],
    ['::1', '[::1]', 4222, undefined],
    ['nats://tok@h', 'h', 4222, { token: 'tok' }],
    ['user:secret@127.0.0.1:1', '127.0.0.1', 1, { user: 'user', pass: 'secret' }],
    ['nats://u:a/b@h:1', 'h', 1, { user: 'u', pass: 'a/b' }],
    ['nats://u:a@b@h:1', 'h', 1, { user: 'u', pass: 'a@b' }],
    ['nats://u:a:b@h:1', 'h', 1, { user: 'u', pass: 'a:b' }],
    ['nats://u:a#b?c d@h:1', 'h', 1, { user: 'u', pass: 'a#b?c d' }],
    ['nats://u:a%2Cb%25%40@h:1', 'h', 1, { user: 'u', pass: 'a,b%@' }],
    ['nats://u:pässwört✓@h:1', 'h', 1, { user: 'u', pass: 'pässwört✓' }],
    ['nats://u:x://y@h:1', 'h', 1, { user: 'u', pass: 'x://y' }],
    ['nats://u:@h', 'h', 4222, { user: 'u', pass: '' }],
  ])('%s is parsed at its last @', (url, host, port, login) => {
    const [server] = parseServers(url);
    expect({ login: undefined, ...server }).toEqual({ host, port, login, isTls: false });
  });

  test.each([
    ['', /no host name/],
    ['http://127.0.0.1', /neither nats:\/\/ nor tls/],
    ['ws://127.0.0.1', /neither/],
    ['wss://127.0.0.1', /neither/],
    ['nats:/127.0.0.1', /not the URL/],
    ['nats://', /no host name/],
    ['nats://h:0', /port/],
    ['nats://h:65536', /port/],
    ['nats://user:hunter2', /no host name/],
    ['4222', /no host name/],
    ['nats://h/path', /no host name/],
    ['nats://h?x', /no host name/],
    ['nats://u:%@h', /%25/],
    ['nats://u:%FF@h', /%25/],
    ['nats://@h', /nothing before its @/],
    ['nats://:secret@h', /no user name/],
    ['nats://u:p@', /no host name/],
    ['h,,i', /no host name/],
    ['nats://u:a,b@h', /needs its scheme/],
    ['nats://user:1234,5@h', /needs its scheme/],
    ['nats://u:p@h,i', /needs its scheme/],
    ['nats://a:b@h:1,nats://c:d@h:1', /h:1 is there twice/],
  ])('%s is refused', (url, message) => {
    expect(problemWith(url)).toMatch(message);
  });

  test('each keeps its own credentials, and one tls:// is told apart', () => {
    expect(parseServers('nats://a:1@h, tls://b:2@i:4333 ,nats://j')).toEqual([
      { host: 'h', port: 4222, isTls: false, login: { user: 'a', pass: '1' } },
      { host: 'i', port: 4333, isTls: true, login: { user: 'b', pass: '2' } },
      { host: 'j', port: 4222, isTls: false },
    ]);
  });

  test('no secret is shown, whatever it holds and however it is written', () => {
    const secret = fc.oneof(
      fc.string({ minLength: 4, unit: 'binary' }),
      fc.string({ minLength: 4, unit: 'grapheme-ascii' }),
    );
    const encode = fc.constantFrom((text: string) => text, encodeURIComponent);
    const around = fc.constantFrom(
      (info: string) => `nats://${info}@h.example:4333`,
      (info: string) => `${info}@h.example:4333`,
      (info: string) => `tls://${info}@h.example,nats://i.example`,
      (info: string) => `nats://h.example,nats://${info}@i.example:`,
      (info: string) => `http://${info}@h.example`,
      (info: string) => `nats://${info}@`,
    );
    fc.assert(
      fc.property(secret, encode, around, fc.boolean(), (text, encoding, url, isToken) => {
        fc.pre(Buffer.from(text).toString() === text && text.trim() === text);
        const list = url(isToken ? encoding(text) : `alice:${encoding(text)}`);
        let shown: string;
        try {
          shown = showServers(parseServers(list));
        } catch (error) {
          expect(error).toBeInstanceOf(BadInputError);
          shown = inspect(error, { depth: 9 });
        }
        // The very example that the message gives may hold a short secret by chance.
        const example = problemWith('h,,i');
        if (!example.includes(text) && !'nats://h.example:4333,nats://i.example:4222'.includes(text))
          expect(shown).not.toContain(text);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('an error of the parser', () => {
  test.each([
    [
      "error: unknown option '--natz=nats://u:SECRET@h'\n(Did you mean --nats?)",
      "error: unknown option '--natz'\n(Did you mean --nats?)",
    ],
    [
      `error: option '--prefix <prefix>' argument 'u:SECRET@h' is invalid. "u:SECRET@h" cannot be the subject prefix.`,
      "error: option '--prefix <prefix>' is invalid. The value cannot be the subject prefix.",
    ],
    ["error: unknown option '-SECRET'", 'error: unknown option'],
    ["error: unknown command 'nats://u:SECRET@h'", 'error: unknown command'],
    ["error: unknown command 'carve'", "error: unknown command 'carve'"],
    [
      "error: option '--timeout <ms>' argument 'SEC'RET' is invalid. It must be a number.",
      "error: option '--timeout <ms>' is invalid. It must be a number.",
    ],
    [
      "error: option '--port <p>' value 'SECRET' from env 'STELE_PORT' is invalid. It must.",
      "error: option '--port <p>' from env 'STELE_PORT' is invalid. It must.",
    ],
  ])('%s keeps no value', (sentence, kept) => {
    expect(withoutValues(sentence)).toBe(kept);
  });
});
