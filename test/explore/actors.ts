import type { Reply } from '../../src/protocol/messages.ts';
import { type Accepting, isSettled, type Preparing, type Round } from '../../src/protocol/proposer.ts';
import type { Finding } from '../../src/protocol/reader.ts';
import { type ActorStep, deciding, sending } from './actor-steps.ts';
import { everythingHeard } from './hearing.ts';
import { HomeActors } from './home-actors.ts';
import { Interner } from './interner.ts';
import { keyOfActor, keyOfRound } from './keys.ts';
import { listeningInquiry, listeningRound } from './listening.ts';
import type { Rules } from './rules.ts';
import {
  type ActorRecord,
  type ActorSpec,
  acceptorName,
  ballotOf,
  NAME,
  ownProposal,
  type WorldSpec,
} from './world.ts';

/** Everything that writers and readers can do, as records; what only homes do is in `home-actors.ts`. */
export class Actors {
  readonly records = new Interner<ActorRecord>(keyOfActor);
  /** Every round that was still open, with every count of votes that it can have had. */
  readonly openRounds = new Interner<Round>((round) => keyOfRound(round));
  readonly #rules: Rules;
  readonly #world: WorldSpec;
  readonly #homes: HomeActors;
  readonly #nameOf = (acceptor: number): string => acceptorName(this.#world, acceptor);

  constructor(rules: Rules, world: WorldSpec) {
    this.#rules = rules;
    this.#world = world;
    this.#homes = new HomeActors(rules, world);
  }

  first(spec: ActorSpec): ActorRecord {
    return {
      spec,
      life: 1,
      incarnation: 1,
      rounds: 0,
      roundsInAll: 0,
      status: { type: 'idle' },
      opened: [],
      sent: [],
      concluded: [],
      foundEmpty: false,
      chosenBefore: null,
    };
  }

  /** Begins to read. */
  ask(record: ActorRecord, chosen: string | null): ActorRecord | null {
    if (record.spec.value !== null || record.status.type !== 'idle') return null;
    return sending({ ...record, status: { type: 'asking' }, chosenBefore: chosen }, { type: 'query', name: NAME });
  }

  /** Begins a round: a writer its first, or either its next, tired of waiting or beaten. */
  begin(record: ActorRecord): ActorRecord | null {
    const { spec, status } = record;
    const begun = status.type === 'round' || status.type === 'opening';
    const ready = begun || (status.type === 'idle' && spec.value !== null);
    return ready && record.roundsInAll < spec.rounds ? this.#begin(record) : null;
  }

  /** Crashes and comes back: it has forgotten all but what is in its store, and has something else to write. */
  restart(record: ActorRecord): ActorRecord | null {
    const { life, spec, roundsInAll, status } = record;
    const isOver = roundsInAll >= spec.rounds && !spec.opens;
    if (life > spec.restarts || isOver || status.type === 'idle') return null;
    const incarnation = this.#rules.nextIncarnation(record.incarnation);
    const forgotten = { rounds: 0, status: { type: 'idle' }, opened: [] } as const;
    return { ...record, ...forgotten, life: record.life + 1, incarnation };
  }

  /** All that may come of what has been said to it so far. `replies` are by acceptor. */
  hear(record: ActorRecord, replies: readonly (readonly Reply[])[]): readonly ActorStep[] {
    if (record.status.type === 'asking') return this.#hearAnswers(record, replies);
    if (record.status.type === 'opening') return this.#homes.hearOpened(record, record.status.opening, replies);
    if (record.status.type === 'round') return this.#hearVotes(record, record.status.round, replies);
    return [];
  }

  #hearVotes(record: ActorRecord, round: Preparing | Accepting, replies: readonly (readonly Reply[])[]): ActorStep[] {
    const listening = listeningRound(this.#rules, round, this.#world.acceptors);
    return everythingHeard(listening, replies, this.#nameOf).flatMap((heard) => {
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
        return this.#rules.sends(this.#rules.acceptOf(round)).reduce(sending, accepting);
      }
      case 'chosen':
        return deciding(record, round.decision, this.#world);
      case 'empty':
        return { ...record, status: { type: 'done' }, foundEmpty: true };
    }
  }

  #hearAnswers(record: ActorRecord, replies: readonly (readonly Reply[])[]): ActorStep[] {
    const { acceptors } = this.#world;
    const answered: ActorRecord = { ...record, sent: record.sent.filter(({ request }) => request.type !== 'query') };
    const listening = listeningInquiry(this.#rules, acceptors);
    return everythingHeard(listening, replies, this.#nameOf).flatMap(({ state, deliveries }) => {
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
        return deciding(record, finding.decision, this.#world);
    }
  }

  #begin(record: ActorRecord): ActorRecord {
    const begun = { ...record, rounds: record.rounds + 1, roundsInAll: record.roundsInAll + 1 };
    const round = this.#rules.startRound(NAME, ballotOf(begun), ownProposal(begun));
    return sending({ ...begun, status: { type: 'round', round } }, this.#rules.prepareOf(round));
  }
}
