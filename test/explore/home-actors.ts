import type { Opening, Reply } from '../../src/protocol/messages.ts';
import { type ActorStep, deciding, sending } from './actor-steps.ts';
import { everythingHeard } from './hearing.ts';
import { listeningOpening } from './listening.ts';
import type { Rules } from './rules.ts';
import { type ActorRecord, acceptorName, NAME, openingProposal, type WorldSpec } from './world.ts';

/** What only a home does: it opens. */
export class HomeActors {
  readonly #rules: Rules;
  readonly #world: WorldSpec;
  readonly #nameOf = (acceptor: number): string => acceptorName(this.#world, acceptor);

  constructor(rules: Rules, world: WorldSpec) {
    this.#rules = rules;
    this.#world = world;
  }

  /** Opens the register, if its own acceptor has it look so, which is for the caller to see. */
  open(record: ActorRecord): ActorRecord | null {
    const { spec, status, opened, incarnation } = record;
    const proposal = openingProposal(record);
    if (!spec.opens || proposal === null || !this.#rules.mayOpen(undefined, opened.length > 0)) return null;
    if (status.type === 'asking' || status.type === 'done') return null;
    const ballot = this.#rules.openingBallot(spec.name, incarnation);
    const writes = [{ name: NAME, proposal }];
    const opening: Opening = { ballot, number: opened.length + 1, writes, chosen: [] };
    const accepts = this.#rules.acceptsOf(opening);
    const opens: ActorRecord = { ...record, status: { type: 'opening', opening }, opened: [...opened, ...accepts] };
    return accepts.reduce<ActorRecord>(sending, opens);
  }

  /** What was beaten, or is not settled yet, is not kept: what may come after it, may come after one that just waits. */
  hearOpened(record: ActorRecord, opening: Opening, replies: readonly (readonly Reply[])[]): ActorStep[] {
    const { acceptors } = this.#world;
    const listening = listeningOpening(this.#rules, opening, acceptors);
    return everythingHeard(listening, replies, this.#nameOf).flatMap(({ state, deliveries }) =>
      this.#rules
        .outcomesOf(state, acceptors)
        .flatMap((outcome) =>
          outcome.phase === 'chosen' ? [{ next: deciding(record, outcome.decision, this.#world), deliveries }] : [],
        ),
    );
  }
}
