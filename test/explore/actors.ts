import type { Reply, Request } from '../../src/protocol/messages.ts';
import { type Accepting, isSettled, type Preparing, type Round } from '../../src/protocol/proposer.ts';
import type { Finding } from '../../src/protocol/reader.ts';
import type { Decision } from '../../src/protocol/register.ts';
import { type Delivery, everythingHeard } from './hearing.ts';
import { Interner } from './interner.ts';
import { keyOfActor, keyOfProposal, keyOfRound, keyOfSent } from './keys.ts';
import { listeningInquiry, listeningRound } from './listening.ts';
import type { Rules } from './rules.ts';
import { type ActorRecord, type ActorSpec, ballotOf, NAME, ownProposal, type WorldSpec } from './world.ts';

/** What a writer or reader becomes, and what it heard that made it so. */
export interface ActorStep {
  readonly next: ActorRecord;
  readonly deliveries: readonly Delivery[];
}

/** Everything that writers and readers can do, as records. */
export class Actors {
  readonly records = new Interner<ActorRecord>(keyOfActor);
  /** Every round that was still open, with every count of votes that it can have had. */
  readonly openRounds = new Interner<Round>((round) => keyOfRound(round));
  readonly #rules: Rules;
  readonly #world: WorldSpec;

  constructor(rules: Rules, world: WorldSpec) {
    this.#rules = rules;
    this.#world = world;
  }

  first(spec: ActorSpec): ActorRecord {
    return {
      spec,
      life: 1,
      incarnation: 1,
      rounds: 0,
      roundsInAll: 0,
      status: { type: 'idle' },
      sent: [],
      concluded: [],
      foundEmpty: false,
      chosenBefore: null,
    };
  }

  /** Begins to read. */
  ask(record: ActorRecord, chosen: string | null): ActorRecord | null {
    if (record.spec.value !== null || record.status.type !== 'idle') return null;
    return this.#send({ ...record, status: { type: 'asking' }, chosenBefore: chosen }, { type: 'query', name: NAME });
  }

  /** Begins a round: a writer its first, or either its next, tired of waiting or beaten. */
  begin(record: ActorRecord): ActorRecord | null {
    const { spec, status } = record;
    const ready = status.type === 'round' || (status.type === 'idle' && spec.value !== null);
    return ready && record.roundsInAll < spec.rounds ? this.#begin(record) : null;
  }

  /** Crashes and comes back: it has forgotten all but what is in its store, and has something else to write. */
  restart(record: ActorRecord): ActorRecord | null {
    const { life, spec, roundsInAll, status } = record;
    if (life > spec.restarts || roundsInAll >= spec.rounds || status.type === 'idle') return null;
    const incarnation = this.#rules.nextIncarnation(record.incarnation);
    return { ...record, life: record.life + 1, incarnation, rounds: 0, status: { type: 'idle' } };
  }

  /** All that may come of what has been said to it so far. `replies` are by acceptor. */
  hear(record: ActorRecord, replies: readonly (readonly Reply[])[]): readonly ActorStep[] {
    if (record.status.type === 'asking') return this.#hearAnswers(record, replies);
    if (record.status.type === 'round') return this.#hearVotes(record, record.status.round, replies);
    return [];
  }

  #hearVotes(record: ActorRecord, round: Preparing | Accepting, replies: readonly (readonly Reply[])[]): ActorStep[] {
    return everythingHeard(listeningRound(this.#rules, round, this.#world.acceptors), replies).flatMap((heard) => {
      if (!isSettled(heard.state)) this.openRounds.numberOf(heard.state);
      const next = heard.state.phase === round.phase ? null : this.#advanced(record, heard.state);
      return next === null ? [] : [{ next, deliveries: heard.deliveries }];
    });
  }

  /** A beaten round is not kept: what may come after it, may come after a round that just waits. */
  #advanced(record: ActorRecord, round: Round): ActorRecord | null {
    switch (round.phase) {
      case 'preparing':
      case 'beaten':
        return null;
      case 'accepting': {
        if (round.votes.yes.length + round.votes.no.length > 0) {
          throw new Error(`${record.spec.name} begins phase 2 with votes that are counted already`);
        }
        const accepting: ActorRecord = { ...record, status: { type: 'round', round } };
        return this.#rules.acceptsOf(round).reduce((sending, accept) => this.#send(sending, accept), accepting);
      }
      case 'chosen':
        return this.#decided(record, round.decision);
      case 'empty':
        return { ...record, status: { type: 'done' }, foundEmpty: true };
    }
  }

  #hearAnswers(record: ActorRecord, replies: readonly (readonly Reply[])[]): ActorStep[] {
    const { acceptors } = this.#world;
    const answered: ActorRecord = { ...record, sent: record.sent.filter(({ request }) => request.type !== 'query') };
    return everythingHeard(listeningInquiry(this.#rules, acceptors), replies).flatMap(({ state, deliveries }) => {
      const next = this.#found(answered, this.#rules.findingOf(state, acceptors));
      return next === null ? [] : [{ next, deliveries }];
    });
  }

  #found(record: ActorRecord, finding: Finding): ActorRecord | null {
    switch (finding.type) {
      case 'pending':
        return null;
      case 'divided':
        return record.spec.rounds > 0 ? this.#begin(record) : null;
      case 'empty':
        return { ...record, status: { type: 'done' }, foundEmpty: true };
      case 'decided':
        return this.#decided(record, finding.decision);
    }
  }

  #begin(record: ActorRecord): ActorRecord {
    const begun = { ...record, rounds: record.rounds + 1, roundsInAll: record.roundsInAll + 1 };
    const round = this.#rules.startRound(NAME, ballotOf(begun), ownProposal(begun));
    return this.#send({ ...begun, status: { type: 'round', round } }, this.#rules.prepareOf(round));
  }

  #decided(record: ActorRecord, decision: Decision): ActorRecord {
    const known = record.concluded.some(({ proposal }) => keyOfProposal(proposal) === keyOfProposal(decision.proposal));
    const concluded = known ? record.concluded : [...record.concluded, decision];
    // What a reader's answer is compared with when it is empty; this one is not.
    const done: ActorRecord = { ...record, status: { type: 'done' }, concluded, chosenBefore: null };
    return this.#world.decides && record.spec.value !== null
      ? this.#send(done, { type: 'decide', name: NAME, decision })
      : done;
  }

  #send(record: ActorRecord, request: Request): ActorRecord {
    const sent = { from: record.spec.name, request };
    const key = keyOfSent(sent);
    if (record.sent.some((one) => keyOfSent(one) === key)) return record;
    return { ...record, sent: [...record.sent, sent].sort((a, b) => (keyOfSent(a) < keyOfSent(b) ? -1 : 1)) };
  }
}
