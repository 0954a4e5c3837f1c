import { describe, expect, test } from 'vitest';
import { BadInputError } from '../../src/errors.ts';
import { subjectsOf } from '../../src/nats/subjects.ts';

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

  test.each(['', '_register', 'a..b', '.a', 'a.', 'a.>', 'a b', '*'])('refuse the prefix %j', (prefix) => {
    expect(() => subjectsOf(prefix)).toThrow(BadInputError);
  });
});
