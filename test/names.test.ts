import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  problemWithBlanksAround,
  problemWithMemberId,
  problemWithName,
  problemWithOpId,
  problemWithPrefix,
} from '../src/contract/names.ts';

describe('a name that people have is refused with its character, where it stands, and a name that says the same', () => {
  test.each<[string, RegExp, string]>([
    ['user:alice', /it has ":" \(character 5\)/, 'dXNlcjphbGljZQ'],
    ['alice@example.com', /it has "@" \(character 6\)/, 'YWxpY2VAZXhhbXBsZS5jb20'],
    ['zoë', /it has "ë", U\+00EB \(character 3\)/, 'em_Dqw'],
    ['zoe\u0308', /it has U\+0308 \(character 4\)/, 'em9lzIg'],
    ['john smith', /it has a blank, U\+0020 \(character 5\)/, 'am9obiBzbWl0aA'],
    ['a\tb', /it has U\+0009 \(character 2\)/, 'YQli'],
    ['a\u00a0b', /it has U\+00A0 \(character 2\)/, 'YcKgYg'],
    ['a\u200bb', /it has U\+200B \(character 2\)/, 'YeKAi2I'],
    ['a\ufeff', /it has U\+FEFF \(character 2\)/, 'Ye-7vw'],
    ['a\0', /it has U\+0000 \(character 2\)/, 'YQA'],
    ['a\n', /it has U\+000A \(character 2\)/, 'YQo'],
    ['\u{1f600}!', /it has "\u{1f600}", U\+1F600 \(character 1\)/u, '8J-YgCE'],
    ['orders.*', /it has "\*" \(character 8\), which is a wildcard of NATS/, 'b3JkZXJzLio'],
    ['orders.>', /it has ">" \(character 8\), which is a wildcard of NATS/, 'b3JkZXJzLj4'],
    ['a\\b', /it has "\\" \(character 2\)/, 'YVxi'],
    ['$JS.x', /it has "\$" \(character 1\)/, 'JEpTLng'],
    ['.orders', /it begins with a dot/, 'Lm9yZGVycw'],
    ['orders.', /it ends with a dot/, 'b3JkZXJzLg'],
    ['a..b', /it has two dots in a row \(character 2\)/, 'YS4uYg'],
    ['.', /it begins with a dot/, 'Lg'],
    ['_system', /reserved for the system/, 'X3N5c3RlbQ'],
  ])('%j', (name, fault, encoded) => {
    const problem = problemWithName(name);
    expect(problem).toMatch(fault);
    expect(problem).toContain(`base64url (${encoded})`);
    expect(problem).toContain(`hex (${Buffer.from(name).toString('hex')})`);
    // What is invisible is never shown as itself: it would end a line, or look like nothing.
    expect(problem).not.toMatch(/\p{Cc}|\p{Cf}|\p{M}|\u00a0/u);
  });

  test('and every encoding that is offered is a name, which gives the first name back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (name) => {
        const problem = problemWithName(name);
        for (const way of ['base64url', 'hex'] as const) {
          const [, encoded] = new RegExp(`${way} \\(([^)]*)\\)`).exec(problem ?? '') ?? [];
          if (encoded === undefined) continue;
          expect(problemWithName(encoded)).toBeUndefined();
          expect(Buffer.from(encoded, way).toString()).toBe(name);
        }
      }),
    );
  });

  test('unless none fits, or there is none: of a long name, and of half a character', () => {
    expect(problemWithName(`${'x'.repeat(150)}:`)).toMatch(/base64url \(/);
    expect(problemWithName(`${'x'.repeat(150)}:`)).not.toMatch(/hex/);
    expect(problemWithName(`${'x'.repeat(250)}:`)).not.toMatch(/encoded/);
    expect(problemWithName('x'.repeat(256))).toMatch(/256 bytes long.*hash/);
    expect(problemWithName('a\ud800')).toMatch(/U\+D800 \(character 2\)/);
    expect(problemWithName('a\ud800')).not.toMatch(/encoded/);
  });

  test('and is told that case matters', () => {
    expect(problemWithName('user:alice')).toMatch(/case matters/);
    for (const name of ['Alice', 'alice']) expect(problemWithName(name)).toBeUndefined();
  });
});

describe('an operation id', () => {
  test.each<[unknown, RegExp]>([
    ['opération', /it has "é", U\+00E9 \(character 3\).*base64url \(b3DDqXJhdGlvbg\)/],
    ['a\u200b', /it has U\+200B \(character 2\)/],
    ['', /it is empty/],
    ['o'.repeat(65), /it has 65 characters/],
    [7, /it is of type number, not a string/],
    [null, /it is null, not a string/],
  ])('%j is refused with its fault', (opId, fault) => {
    expect(problemWithOpId(opId)).toMatch(fault);
    expect(problemWithOpId(opId)).toMatch(/1 to 64 printable ASCII characters/);
  });

  test.each(['a b', 'a: "b", {c} \\~', 'o'.repeat(64), '!'])('%j is taken', (opId) => {
    expect(problemWithOpId(opId)).toBeUndefined();
  });
});

test.each([' op', 'op ', ' '])(
  'the operation id %j is refused in a request, for a header would not keep it',
  (opId) => {
    expect(problemWithBlanksAround(opId)).toMatch(/begins or ends with a blank/);
    expect(problemWithBlanksAround('a b')).toBeUndefined();
  },
);

test('the id of a member and a prefix are refused with their character too', () => {
  expect(problemWithMemberId('n 1')).toMatch(/^"n 1" cannot be the id of a member, for it has a blank, U\+0020 \(char/);
  expect(problemWithMemberId('nœud')).toMatch(/for it has "œ", U\+0153 \(character 2\).*case matters/);
  expect(problemWithMemberId('n'.repeat(33))).toMatch(/use 1 to 32 of/);
  expect(problemWithPrefix('eu:reg')).toMatch(/^"eu:reg" cannot be the subject prefix, for it has ":" \(character 3\)/);
  expect(problemWithPrefix('a..b')).toMatch(/cannot be the subject prefix: use tokens/);
});
