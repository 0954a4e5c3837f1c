import type { Ballot } from '../../protocol/ballot.ts';
import type { Learned, Learner } from '../../protocol/learner.ts';
import type { Decide, Opening, Reply } from '../../protocol/messages.ts';
import type { Decision } from '../../protocol/register.ts';
import type { MemberContext } from '../context.ts';
import type { Decisions } from '../tasks/decisions.ts';

/** Those at a member who wait for registers to be decided. */
export interface Waiters {
  learn(name: string, decision: Decision): void;
}

/** The learner of a member: what it finds out answers those who wait, and is marked in the store. */
export class Learning {
  readonly #store: MemberContext['store'];
  readonly #decisions: Decisions;
  readonly #learner: Learner;
  #waiters: Waiters | undefined;

  constructor({ store, rules }: MemberContext, decisions: Decisions) {
    this.#store = store;
    this.#learner = rules.newLearner();
    this.#decisions = decisions;
  }

  /** Tells those who wait, from now on. */
  tell(waiters: Waiters): void {
    this.#waiters = waiters;
  }

  /**
   * Takes in decisions, whoever reached them.
   * @throws InvariantError for one that contradicts another.
   */
  learn(decides: readonly Decide[]): void {
    for (const { name, decision } of decides) {
      this.#decisions.check(name, decision);
      this.#waiters?.learn(name, decision);
    }
  }

  onOpening(opening: Opening): void {
    this.#learner.onOpening(opening);
  }

  onSaved(opening: Opening, replies: readonly Reply[]): void {
    this.#take(this.#learner.onSaved(opening, replies));
  }

  /** A home says which of its earlier openings were chosen. */
  onNews(opening: Opening): void {
    for (const number of opening.chosen) this.#take(this.#learner.onChosen(opening, number));
  }

  /** This member, the home, got all of an opening chosen. */
  onOwnChosen(ballot: Ballot, number: number): void {
    this.#store.markDecided(this.#learner.onOwnChosen({ ballot }, number));
  }

  #take({ decides, marked }: Learned): void {
    if (decides.length > 0) this.learn(decides);
    this.#store.markDecided(marked);
  }
}
