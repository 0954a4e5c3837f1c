import { describe, expect, test } from 'vitest';
import { BadInputError } from '../../src/contract/errors.ts';
import { problemWithMemberId } from '../../src/contract/names.ts';
import { subjectsOf } from '../../src/contract/subjects.ts';

describe('subjects', () => {
  test('are those of the contract', () => {
    const subjects = subjectsOf();
    expect(subjects).toMatchObject({ write: 'register.write', read: 'register.read' });
    expect(subjects).toMatchObject({ writes: 'register.write.>', reads: 'register.read.>' });
    expect(subjects.writeOf('orders.17')).toBe('register.write.orders.17');
    expect(subjects.readOf('orders.17')).toBe('register.read.orders.17');
    expect(subjects.decidedOf('orders.17')).toBe('register.decided.orders.17');
  });

  test('between members all begin with an underscore and the prefix', () => {
    const subjects = subjectsOf('eu.registers');
    expect(subjects.toMember('n1', 'hello')).toBe('_eu.registers.n1.hello');
    expect(subjects.replyTo('n1', 'abc', 17)).toBe('_eu.registers.n1.reply.abc.17');
    expect(subjects.isInternal('_eu.registers.n1.reply.abc.17')).toBe(true);
    expect(subjects.isInternal('eu.registers.write.x')).toBe(false);
  });

  test.each(['register', 'eu', 'eu.registers', 'a-b.c_d.e'])(
    'give the name back that went in, with prefix %s',
    (prefix) => {
      const subjects = subjectsOf(prefix);
      for (const name of ['orders.17', 'a', 'leader/eu-west.epoch-9', 'write.read.decided']) {
        expect(subjects.nameIn(subjects.writeOf(name))).toBe(name);
        expect(subjects.nameIn(subjects.readOf(name))).toBe(name);
        expect(subjects.nameIn(subjects.decidedOf(name))).toBe(name);
      }
    },
  );

  test('tell what is for everyone of a cluster apart from what is for one member, and from what is for every process', () => {
    const { presence, toMember, fromMember } = subjectsOf('eu.registers');
    expect(fromMember('n1', 'open')).toBe('_eu.registers.@.n1.open');
    for (const subject of [presence, toMember('@', '*'), toMember('n1', '*')]) {
      expect(subject.split('.')).not.toHaveLength(fromMember('n1', '*').split('.').length);
    }
  });

  test('tell every process on a prefix that somebody is there, where no member’s own messages go', () => {
    const { presence, toMember } = subjectsOf('eu.registers');
    expect(presence).toBe('_eu.registers.@.presence');
    expect(problemWithMemberId('@')).toBeDefined();
    expect(presence).not.toBe(toMember('presence', '@'));
  });

  test.each(['write', 'read', 'decided', 'batch'])('refuse a prefix that has the verb %s in it', (verb) => {
    for (const prefix of [`register.${verb}`, `register.${verb}.eu`, verb, `a.b.${verb}`]) {
      expect(() => subjectsOf(prefix), prefix).toThrow(new RegExp(`"${verb}" names what the service does`));
    }
    expect(subjectsOf(`register.${verb}s`).prefix).toBe(`register.${verb}s`);
  });

  test('of no two prefixes are the same, wherever one begins with the other', () => {
    const prefixes = ['register', 'register.eu', 'register.eu.a', 'eu', 'eu.register', 'a', 'a.b'].map(subjectsOf);
    const names = ['x', 'eu.x', 'write.x', 'eu.write.x', 'decided.x', 'batch.write.x'];
    const all = prefixes.flatMap(({ write, read, writeOf, readOf, decidedOf }) => [
      write,
      read,
      ...names.flatMap((name) => [writeOf(name), readOf(name), decidedOf(name)]),
    ]);
    expect(new Set(all).size).toBe(all.length);
    const ids = prefixes.flatMap(({ messageIdOf }) => names.map(messageIdOf));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('and message ids: the name of the register under the default prefix, after its own under any other', () => {
    expect(subjectsOf().messageIdOf('orders.17')).toBe('orders.17');
    expect(subjectsOf('eu').messageIdOf('orders.17')).toBe('eu:orders.17');
  });

  test.each(['', '_register', 'a..b', '.a', 'a.', 'a.>', 'a b', '*'])('refuse the prefix %j', (prefix) => {
    expect(() => subjectsOf(prefix)).toThrow(BadInputError);
  });
});
