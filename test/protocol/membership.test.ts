import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Admission,
  admit,
  believesRefusal,
  type Credentials,
  enrolmentQuorum,
  foreignTo,
  type Hello,
  type KnownCluster,
  type KnownStore,
  type Membership,
  type PeerRecord,
} from '../../src/protocol/membership.ts';
import { majority } from '../../src/protocol/quorum.ts';

const OWN: Membership = { cluster: 'quarry', members: ['n1', 'n2', 'n3'] };
const KNOWN: PeerRecord = { storeId: 'disk-a', incarnation: 4, session: 'session-4', commits: 100, enrolled: true };

function hello(changed: Partial<Credentials> = {}, members: readonly string[] = OWN.members, enrolled = true): Hello {
  const credentials: Credentials = {
    cluster: 'quarry',
    member: 'n2',
    storeId: 'disk-a',
    incarnation: 4,
    session: 'session-4',
    commits: 100,
  };
  return { credentials: { ...credentials, ...changed }, members, enrolled, remembers: [] };
}

const admitted = (record: PeerRecord): Admission => ({ admitted: true, record });
const refused = (refusal: string) => ({ admitted: false, refusal });

describe('who is listened to', () => {
  it('a member that was never met is, and is remembered as it is', () => {
    expect(admit(OWN, undefined, hello())).toEqual(admitted(KNOWN));
  });

  it('the order in which the members are listed does not matter', () => {
    expect(admit(OWN, undefined, hello({}, ['n3', 'n1', 'n2']))).toEqual(admitted(KNOWN));
  });

  it('the same session, further on, is remembered with its new count', () => {
    expect(admit(OWN, KNOWN, hello({ commits: 130 }))).toEqual(admitted({ ...KNOWN, commits: 130 }));
  });

  it('heartbeats of one session may come out of order: the highest count is kept', () => {
    expect(admit(OWN, KNOWN, hello({ commits: 70 }))).toEqual(admitted(KNOWN));
  });

  it('a restart of the same store is: a new session with a higher incarnation', () => {
    const restarted = hello({ incarnation: 5, session: 'session-5', commits: 104 });
    expect(admit(OWN, KNOWN, restarted)).toEqual(
      admitted({ ...KNOWN, incarnation: 5, session: 'session-5', commits: 104 }),
    );
  });

  it('the enrolled store of a member, in place of one that was met before and is not', () => {
    const impostor: PeerRecord = { storeId: 'disk-b', incarnation: 1, session: 'b', commits: 0, enrolled: false };
    expect(admit(OWN, impostor, hello())).toEqual(admitted(KNOWN));
  });

  it('one session may be enrolled after it was first met, and is not taken for less again', () => {
    const before = { ...KNOWN, enrolled: false };
    expect(admit(OWN, before, hello())).toEqual(admitted(KNOWN));
    expect(admit(OWN, KNOWN, hello({}, OWN.members, false))).toEqual(admitted(KNOWN));
  });

  it('the same session is taken up again after a restart of our own, even with what it said before we noted more', () => {
    expect(admit(OWN, KNOWN, hello({ commits: 99 }))).toEqual(admitted(KNOWN));
  });
});

describe('who is not listened to', () => {
  it('one of another cluster', () => {
    expect(admit(OWN, undefined, hello({ cluster: 'other' }))).toEqual(refused('other-cluster'));
  });

  it('one that is not a member', () => {
    expect(admit(OWN, undefined, hello({ member: 'n4' }))).toEqual(refused('not-a-member'));
  });

  it('one that counts other members: its majorities need not meet ours', () => {
    for (const members of [
      ['n1', 'n2'],
      ['n1', 'n2', 'n3', 'n4'],
      ['n1', 'n2', 'n4'],
      ['n2', 'n2', 'n2'],
    ]) {
      expect(admit(OWN, undefined, hello({}, members)), members.join()).toEqual(refused('other-members'));
    }
  });

  it('one with another disk, however far that disk has come', () => {
    for (const changed of [
      { incarnation: 1, commits: 0 },
      { incarnation: 9, commits: 900 },
    ]) {
      const lost = hello({ storeId: 'disk-b', session: 'session-b', ...changed });
      expect(admit(OWN, KNOWN, lost)).toEqual(refused('lost-disk'));
    }
  });

  it('an old copy, told by an incarnation that was there before', () => {
    const old = hello({ incarnation: 3, session: 'session-3', commits: 500 });
    expect(admit(OWN, KNOWN, old)).toEqual(refused('old-copy'));
  });

  it('an old copy, told by commits that it has lost, even when it has been started often enough', () => {
    const old = hello({ incarnation: 7, session: 'session-7', commits: 99 });
    expect(admit(OWN, KNOWN, old)).toEqual(refused('old-copy'));
  });

  it('an old copy, told by that it was not enrolled yet', () => {
    const old = hello({ incarnation: 5, session: 'session-5' }, OWN.members, false);
    expect(admit(OWN, KNOWN, old)).toEqual(refused('old-copy'));
  });

  it('a store that is not enrolled, where another is known, enrolled or not', () => {
    const lost = hello({ storeId: 'disk-b', incarnation: 1, session: 'session-b', commits: 0 }, OWN.members, false);
    for (const enrolled of [true, false]) {
      expect(admit(OWN, { ...KNOWN, enrolled }, lost)).toEqual(refused('lost-disk'));
    }
  });

  it('a second process of the same incarnation', () => {
    const twin = hello({ session: 'session-4-twin', commits: 120 });
    expect(admit(OWN, KNOWN, twin)).toEqual(refused('second-process'));
  });
});

describe('over any history of hellos', () => {
  const anyHello = fc
    .record({
      storeId: fc.constantFrom('disk-a', 'disk-b'),
      incarnation: fc.integer({ min: 1, max: 4 }),
      session: fc.constantFrom('s1', 's2', 's3'),
      commits: fc.nat({ max: 5 }),
    })
    .map((changed) => hello(changed));

  /** Hears each in turn, remembering what `admit` says to remember. */
  function hear(
    hellos: readonly Hello[],
    property: (heard: Hello, before: PeerRecord, after: PeerRecord) => void,
  ): void {
    let record: PeerRecord | undefined;
    for (const heard of hellos) {
      const admission = admit(OWN, record, heard);
      if (!admission.admitted) continue;
      if (record !== undefined) property(heard, record, admission.record);
      ({ record } = admission);
    }
  }

  it('the remembered store never changes, and its incarnation and commits never fall', () => {
    fc.assert(
      fc.property(fc.array(anyHello, { maxLength: 12 }), (hellos) => {
        hear(hellos, (_, before, after) => {
          expect(after.storeId).toBe(before.storeId);
          expect(after.incarnation).toBeGreaterThanOrEqual(before.incarnation);
          expect(after.commits).toBeGreaterThanOrEqual(before.commits);
        });
      }),
    );
  });

  it('of one incarnation one session is heard', () => {
    fc.assert(
      fc.property(fc.array(anyHello, { maxLength: 12 }), (hellos) => {
        let session: string | undefined;
        hear(hellos, (heard, before, after) => {
          if (session !== undefined && before.incarnation === after.incarnation) {
            expect(heard.credentials.session).toBe(session);
          }
          ({ session } = heard.credentials);
        });
      }),
    );
  });
});

describe('how many others must remember a new store before it votes', () => {
  it.each([
    [1, 0],
    [2, 1],
    [3, 2],
    [4, 2],
    [5, 3],
    [7, 5],
    [9, 6],
  ])('of %i members: %i', (members, others) => {
    expect(enrolmentQuorum(members)).toBe(others);
  });

  it('whichever minority has lost its disks, a store made anew for one of it meets somebody who remembers the old one', () => {
    for (let members = 1; members <= 9; members += 1) {
      const others = Array.from({ length: members - 1 }, (_, index) => 1 << index);
      const everyone = (1 << others.length) - 1;
      const sets = Array.from({ length: everyone + 1 }, (_, set) => set);
      const size = (set: number) => others.filter((one) => (set & one) !== 0).length;
      const enrolling = sets.filter((set) => size(set) === enrolmentQuorum(members));
      const lost = sets.filter((set) => size(set) === members - majority(members) - 1);
      for (const before of enrolling) {
        for (const now of enrolling) {
          for (const gone of lost) expect(before & now & ~gone).not.toBe(0);
        }
      }
    }
  });
});

describe('a process of another cluster', () => {
  const known = (member: string, storeId: string, enrolled = true): KnownStore => ({ member, storeId, enrolled });
  const n1 = (enrolled = true, peers: readonly KnownStore[] = [known('n2', 'disk-a')]): KnownCluster => ({
    ...OWN,
    own: known('n1', 'disk-1', enrolled),
    peers,
  });
  const remembering = (...remembers: KnownStore[]): Hello => ({ ...hello(), remembers });

  it('is told by the name of its cluster, and by its list of members', () => {
    expect(foreignTo(n1(), hello({ cluster: 'other' }))).toBe('other-cluster');
    expect(foreignTo(n1(), hello({ member: 'b1' }, ['b1']))).toBe('other-members');
    expect(foreignTo(n1(), hello({}, ['n1', 'n2', 'n3', 'n4']))).toBe('other-members');
  });

  it('is told by its store, where another store of that member is known and both are enrolled', () => {
    expect(foreignTo(n1(), hello({ storeId: 'disk-b' }))).toBe('other-stores');
    expect(foreignTo(n1(), hello({ storeId: 'disk-b' }, OWN.members, false))).toBeUndefined();
    expect(foreignTo(n1(true, [known('n2', 'disk-b', false)]), hello())).toBeUndefined();
  });

  it('is told by what it remembers of this member, by one that has never met the genuine sender', () => {
    expect(foreignTo(n1(true, []), remembering(known('n1', 'disk-x')))).toBe('other-stores');
    expect(foreignTo(n1(true, []), remembering(known('n1', 'disk-1')))).toBeUndefined();
  });

  it('is told by an enrolled store that it remembers this member by, also where the sender was met or is not enrolled', () => {
    const remembers = [known('n1', 'disk-x')];
    expect(foreignTo(n1(), remembering(...remembers))).toBe('other-stores');
    const newcomer = { ...hello({}, OWN.members, false), remembers };
    for (const enrolled of [true, false]) expect(foreignTo(n1(enrolled, []), newcomer)).toBe('other-stores');
  });

  it('is told by what it remembers of others', () => {
    const met = [known('n3', 'disk-3')];
    expect(foreignTo(n1(true, met), remembering(known('n3', 'disk-x')))).toBe('other-stores');
    expect(foreignTo(n1(true, met), remembering(known('n3', 'disk-x', false)))).toBeUndefined();
    expect(foreignTo(n1(true, met), remembering(known('n3', 'disk-3')))).toBeUndefined();
  });

  it('is, to a new store, whoever is enrolled and remembers another one in its place, enrolled or not', () => {
    for (const enrolled of [true, false]) {
      expect(foreignTo(n1(false, []), remembering(known('n1', 'disk-x', enrolled)))).toBe('other-stores');
    }
    // Also where it has met that one before: a new store that a peer does not know has no claim to that peer.
    const met = [known('n2', 'disk-a')];
    expect(foreignTo(n1(false, met), remembering(known('n1', 'disk-x', false)))).toBe('other-stores');
    const newcomer = { ...hello({}, OWN.members, false), remembers: [known('n1', 'disk-x', false)] };
    expect(foreignTo(n1(false, []), newcomer)).toBeUndefined();
  });

  it('is, in place of a peer that was not enrolled when last heard of, one that knows another store of this member', () => {
    const met = [known('n2', 'disk-of-the-real-n2', false)];
    for (const enrolled of [true, false]) {
      expect(foreignTo(n1(true, met), remembering(known('n1', 'disk-x', enrolled)))).toBe('other-stores');
    }
    expect(foreignTo(n1(true, met), remembering(known('n1', 'disk-1', false)))).toBeUndefined();
  });

  it('is not one that met a new store of this member before that was enrolled', () => {
    expect(foreignTo(n1(), remembering(known('n1', 'disk-x', false)))).toBeUndefined();
  });

  it('is, under its own id, one with another enrolled store', () => {
    expect(foreignTo(n1(), hello({ member: 'n1', storeId: 'disk-x' }))).toBe('other-stores');
    expect(foreignTo(n1(), hello({ member: 'n1', storeId: 'disk-1' }))).toBeUndefined();
  });
});

describe('a refusal', () => {
  const genuine = hello().credentials;
  const stranger = { ...genuine, storeId: 'disk-x' };
  const REFUSALS = [
    'not-a-member',
    'other-cluster',
    'other-members',
    'other-stores',
    'lost-disk',
    'old-copy',
    'second-process',
  ] as const;

  it.each(REFUSALS)('%s counts from the store by which its sender is known, and from no other', (refusal) => {
    for (const isEnrolled of [true, false]) {
      const ends = !(isEnrolled && refusal === 'other-stores');
      expect(believesRefusal(isEnrolled, KNOWN, genuine, refusal)).toBe(ends);
      expect(believesRefusal(isEnrolled, KNOWN, stranger, refusal)).toBe(false);
    }
  });

  it('of whomever counts for a new store that has not met its sender', () => {
    for (const refusal of REFUSALS) expect(believesRefusal(false, undefined, stranger, refusal)).toBe(true);
  });

  it('of a peer that was never met counts for an enrolled store only where it says that it knows that store', () => {
    const believed = REFUSALS.filter((refusal) => believesRefusal(true, undefined, stranger, refusal));
    expect(believed).toEqual(['old-copy', 'second-process']);
  });
});
