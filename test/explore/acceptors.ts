import type { Reply, Request } from '../../src/protocol/messages.ts';
import { type Accepted, UNTOUCHED } from '../../src/protocol/register.ts';
import { admittedDisks } from './disks.ts';
import { hushed, staysOnNetwork, withExchange } from './exchanges.ts';
import { Interner } from './interner.ts';
import { keyOfAccepted, keyOfAcceptor, keyOfReply, keyOfSent } from './keys.ts';
import { Memo } from './memo.ts';
import { isOpening } from './opening.ts';
import type { Rules } from './rules.ts';
import { type AcceptorRecord, isUntouched, NAME, type Sent, type WorldSpec } from './world.ts';

/** What came of a step: the number of the next record, or what rule of its own the code found broken. */
export type Outcome = number | { readonly broken: string };

/**
 * Everything an acceptor can do, on numbered records. The rules are pure, so each pair of record and request is put to
 * them once, and the answer is looked up from then on.
 */
export class Acceptors {
  readonly records = new Interner<AcceptorRecord>(keyOfAcceptor);
  readonly sent = new Interner<Sent>(keyOfSent);
  readonly votes = new Interner<Accepted>(keyOfAccepted);
  /** Every reply that any acceptor ever gave. */
  readonly replies = new Interner<Reply>(keyOfReply);
  /** Whether an acceptor's peers listen to it on this disk: where they do not, it has no vote. */
  readonly admitted: Memo<boolean>;
  /** Whether the member of this acceptor may open the register, by what is on its disk. */
  readonly mayOpen: Memo<boolean>;
  readonly #rules: Rules;
  readonly #decidesLost: boolean;
  /** The member that all take for the home. */
  readonly #home: string | undefined;
  readonly #heard = new Memo((acceptor) => new Memo((sent) => this.#deliver(acceptor, sent, true)));
  readonly #unheard = new Memo((acceptor) => new Memo((sent) => this.#deliver(acceptor, sent, false)));
  readonly #saved = new Memo((acceptor) => this.#save(acceptor));
  readonly #restarted = new Memo((acceptor) => this.#restart(acceptor));
  readonly #emptied = new Memo((acceptor) => this.#loseDisk(acceptor));
  readonly #votesOf = new Memo((acceptor) => Int32Array.from(this.#cast(acceptor)));

  constructor(rules: Rules, { decidesLost, actors }: WorldSpec) {
    this.#rules = rules;
    this.#home = actors.find(({ opens }) => opens)?.name;
    this.#decidesLost = decidesLost;
    this.admitted = admittedDisks(rules);
    this.mayOpen = new Memo((acceptor) => {
      const { saved, disk } = this.records.get(acceptor);
      return this.admitted.get(disk) && rules.mayOpen(isUntouched(saved) ? undefined : saved, false);
    });
  }

  first(): number {
    return this.records.numberOf({ live: UNTOUCHED, saved: UNTOUCHED, disk: 0, said: [] });
  }

  /**
   * Gives an acceptor a request from the network: it changes, saves and replies in one step, or in two if it must.
   * @param heard whether somebody still listens for the reply; a vote is kept all the same, for the record.
   */
  deliver(acceptor: number, sent: number, heard: boolean): Outcome {
    return (heard ? this.#heard : this.#unheard).get(acceptor).get(sent);
  }

  /** What was not saved yet is saved. */
  save(acceptor: number): number {
    return this.#saved.get(acceptor);
  }

  /** A crash, at any moment, and a start from what the disk holds. */
  restart(acceptor: number): number {
    return this.#restarted.get(acceptor);
  }

  /** A start on another, empty disk. What was said before is still on the network, and still the record. */
  loseDisk(acceptor: number): number {
    return this.#emptied.get(acceptor);
  }

  /** The proposals that it ever voted for, as numbers of `votes`. */
  votesOf(acceptor: number): Int32Array {
    return this.#votesOf.get(acceptor);
  }

  /** Takes from the network what was said to one that no longer listens; votes stay for the record. */
  hush(acceptor: number, listener: string): number {
    const record = this.records.get(acceptor);
    const said = hushed(record.said, listener);
    return said.length === record.said.length ? acceptor : this.records.numberOf({ ...record, said });
  }

  /** What it would answer without any change of its own, as it is now. Where it stops instead, `deliver` tells. */
  answerAgain(acceptor: number, request: Request): Reply | null {
    const { live } = this.records.get(acceptor);
    try {
      const { state, reply } = this.#rules.onRequest(live, request);
      return state === live && reply !== null && !staysOnNetwork(reply) ? reply : null;
    } catch {
      return null;
    }
  }

  #save(acceptor: number): number {
    const record = this.records.get(acceptor);
    return this.records.numberOf({ ...record, saved: record.live });
  }

  #restart(acceptor: number): number {
    const record = this.records.get(acceptor);
    const live = this.#rules.restarted(record.saved);
    return this.records.numberOf({ ...record, live, saved: live });
  }

  #loseDisk(acceptor: number): number {
    const record = this.records.get(acceptor);
    return this.records.numberOf({ ...record, live: UNTOUCHED, saved: UNTOUCHED, disk: record.disk + 1 });
  }

  #cast(acceptor: number): Set<number> {
    const cast = this.records
      .get(acceptor)
      .said.flatMap(({ request, reply, disk }) =>
        request.type === 'accept' && reply.type === 'accepted' && this.admitted.get(disk)
          ? [this.votes.numberOf({ ballot: request.ballot, proposal: request.proposal })]
          : [],
      );
    return new Set(cast);
  }

  #deliver(acceptor: number, sent: number, heard: boolean): Outcome {
    const record = this.records.get(acceptor);
    const { from, request } = this.sent.get(sent);
    if (isOpening(request)) {
      const sender = { member: from, incarnation: request.ballot.incarnation };
      if (!this.#rules.isFromHome(request, sender, this.#home)) return acceptor;
    }
    try {
      const { state, reply } = this.#rules.onRequest(record.live, request);
      const save = state === record.live ? [] : [{ name: NAME, before: record.live, after: state }];
      const isLost = request.type === 'decide' && this.#decidesLost;
      const saved = isLost || this.#rules.mayLeave({ save }, false) ? record.saved : state;
      if (reply !== null) this.replies.numberOf(reply);
      const kept = reply !== null && staysOnNetwork(reply) && (heard || reply.type === 'accepted');
      const said = kept ? withExchange(record, { from, request, reply, disk: record.disk }) : record.said;
      return this.records.numberOf({ live: state, saved, disk: record.disk, said });
    } catch (cause) {
      return { broken: String(cause) };
    }
  }
}
