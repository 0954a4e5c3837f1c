import type { PeerMessage } from '../../src/ports.ts';
import type { Credentials, PeerRecord } from '../../src/protocol/membership.ts';
import type { Opening, Reply } from '../../src/protocol/messages.ts';
import type { Disk } from './disk.ts';
import type { Violation } from './history/history.ts';
import type { Life } from './life.ts';

/** What one life of a member must know of the others, by the judge's own record. */
interface Acquaintance {
  readonly disk: Disk;
  /** The peers' records, as far as the life was told that they are on its disk. */
  readonly records: Map<string, PeerRecord>;
  /** Commit counts that it heard since its last save, and before it: one of them may have begun before the other was heard. */
  heardSinceSave: Map<string, Credentials>;
  heardBeforeSave: Map<string, Credentials>;
}

/**
 * What a member may do and when, apart from its votes: whom it listens to, what it remembers of its peers, when it votes, and
 * what "empty" rests on. It shares no rule with the code under test.
 */
export class Conduct {
  readonly #flag: (violation: Violation) => void;
  readonly #lives = new WeakMap<Life, Acquaintance>();
  /** The commit counts of each store that each disk must hold, from saves that followed the message that told them. */
  readonly #mustHold = new WeakMap<Disk, Map<string, number>>();
  /** When the answers were given by which acceptors said that they have accepted nothing, of each life and register. */
  readonly #toldNothing = new WeakMap<Life, Map<string, Map<string, number>>>();
  /** Registers that a life's store did not hold when it was asked, of the answers that came at the moment of now. */
  readonly #foundUntouched = new WeakMap<Life, { moment: number; names: Set<string> }>();
  readonly #moment: () => number;
  #instant = 0;

  /** @param moment which of the moments of virtual time it is. */
  constructor(moment: () => number, flag: (violation: Violation) => void) {
    this.#moment = moment;
    this.#flag = flag;
  }

  /** A life begins: its disk must hold what earlier lives had saved. */
  onStart(life: Life, disk: Disk): void {
    const records = new Map(disk.peers);
    this.#lives.set(life, { disk, records, heardSinceSave: new Map(), heardBeforeSave: new Map() });
    for (const [key, commits] of this.#mustHold.get(disk) ?? []) {
      const [member = '', storeId] = key.split(' ');
      const record = disk.peers.get(member);
      if (record === undefined || record.storeId !== storeId || record.commits >= commits) continue;
      this.#violated(
        'what a peer had saved is remembered',
        `${life} knows of ${record.commits} of ${commits} of ${member}`,
      );
    }
  }

  /** A life was told that a peer's record is on its disk. */
  onPeerSaved(life: Life, member: string, record: PeerRecord): void {
    this.#lives.get(life)?.records.set(member, record);
  }

  /** A message reaches a life; returns whether the life may answer it as one of a process that it listens to. */
  onMessage(life: Life, { type, sender }: PeerMessage): boolean {
    const acquaintance = this.#lives.get(life);
    const record = acquaintance?.records.get(sender.member);
    const isKnown =
      record?.storeId === sender.storeId &&
      record.incarnation === sender.incarnation &&
      record.session === sender.session;
    if (isKnown && type !== 'hello') acquaintance?.heardSinceSave.set(sender.member, sender);
    return isKnown;
  }

  /** A life answers a message; `isKnown` is what `onMessage` returned for it. */
  onAnswer(life: Life, { type }: PeerMessage, { sender }: PeerMessage, isKnown: boolean): void {
    if (isKnown || type === 'welcome' || type === 'refusal' || type === 'presence') return;
    this.#violated(
      'only a process on disk is answered',
      `${life} answered ${sender.member}/${sender.incarnation}: ${type}`,
    );
  }

  /** A life's save is on its disk, and with it what the life had heard of its peers before the save began. */
  onSaved(life: Life): void {
    const acquaintance = this.#lives.get(life);
    if (acquaintance === undefined || !acquaintance.disk.isGenuine) return;
    const held = this.#mustHold.get(acquaintance.disk) ?? new Map<string, number>();
    this.#mustHold.set(acquaintance.disk, held);
    for (const [member, { storeId, commits }] of acquaintance.heardBeforeSave) {
      const key = `${member} ${storeId}`;
      held.set(key, Math.max(commits, held.get(key) ?? 0));
    }
    acquaintance.heardBeforeSave = acquaintance.heardSinceSave;
    acquaintance.heardSinceSave = new Map();
  }

  /** A store is asked for registers; the returned function is called as it answers. */
  onLoad(life: Life, { registers }: Disk, names: readonly string[]): () => void {
    const untouched = names.filter((name) => !registers.has(name));
    return () => {
      const moment = this.#moment();
      const known = this.#foundUntouched.get(life);
      const found = known?.moment === moment ? known : { moment, names: new Set<string>() };
      this.#foundUntouched.set(life, found);
      for (const name of untouched) found.names.add(name);
    };
  }

  /** A home opens registers: its store was asked for each, and held nothing, not so much as a promise in a stand-in's round. */
  onOpening(life: Life, { writes }: Opening): void {
    const found = this.#foundUntouched.get(life);
    for (const { name } of writes) {
      if (found?.moment === this.#moment() && found.names.has(name)) continue;
      this.#violated('a home opens only what its own store does not hold', `${life}`, name);
    }
  }

  /** An acceptor answered a member, which may be its own. */
  onVoted(life: Life, state: string, to: string, replies: readonly Reply[]): void {
    if (state === 'joining') {
      this.#violated('nobody votes before it is let in', `${life} answered ${to}: ${replies.map(({ type }) => type)}`);
    }
    if (to === life.member) this.#note(life, life.member, replies, this.#now());
  }

  /** An answer leaves a member; the returned function is called when it reaches the life that asked. */
  onAnswerSent({ member, cluster }: Life, answer: PeerMessage): (life: Life) => void {
    const givenAt = this.#now();
    return (life) => {
      // That of a stranger with the id of a peer is no answer of the peer's.
      if (answer.type === 'replies' && cluster === life.cluster) this.#note(life, member, answer.replies, givenAt);
    };
  }

  /** A member takes a read; the returned function is called when it says "empty". */
  onRead(life: Life, register: string): () => void {
    const begunAt = this.#now();
    const members = this.#lives.get(life)?.disk.members.length ?? 0;
    return () => {
      const given = [...(this.#toldNothing.get(life)?.get(register)?.values() ?? [])];
      const since = given.filter((givenAt) => givenAt > begunAt).length;
      if (since > members / 2) return;
      this.#violated('a majority says "empty" after the read began', `${life} heard ${since}`, register);
    };
  }

  #note(life: Life, from: string, replies: readonly Reply[], givenAt: number): void {
    const registers = this.#toldNothing.get(life) ?? new Map<string, Map<string, number>>();
    this.#toldNothing.set(life, registers);
    for (const reply of replies) {
      if ((reply.type !== 'held' && reply.type !== 'promised') || reply.accepted !== null) continue;
      const told = registers.get(reply.name) ?? new Map<string, number>();
      registers.set(reply.name, told.set(from, Math.max(givenAt, told.get(from) ?? 0)));
    }
  }

  #now(): number {
    this.#instant += 1;
    return this.#instant;
  }

  #violated(property: string, detail: string, register: string | null = null): void {
    this.#flag({ property, register, detail });
  }
}
