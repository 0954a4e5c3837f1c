import type { Accept, Opening } from '../../src/protocol/messages.ts';
import { openingBallot } from '../../src/protocol/round-zero.ts';
import { type ActorStep, deciding, sending } from './actor-steps.ts';
import { type Answer, type NumberedAccept, THROUGH } from './fence.ts';
import { isFenceThrough } from './fenced.ts';
import { everythingHeard } from './hearing.ts';
import { listeningFence, listeningOpening } from './listening.ts';
import type { Rules } from './rules.ts';
import { type ActorRecord, acceptorName, NAME, openingProposal, type WorldSpec } from './world.ts';

/** What only a home does: it opens, and in the fenced version it fences first. */
export class HomeActors {
  readonly #rules: Rules;
  readonly #world: WorldSpec;
  readonly #nameOf = (acceptor: number): string => acceptorName(this.#world, acceptor);

  constructor(rules: Rules, world: WorldSpec) {
    this.#rules = rules;
    this.#world = world;
  }

  /**
   * Opens the register. Whether its own acceptor has it look so is for the caller to see.
   * @param batch which batch of openings it is in; told only where batches have numbers.
   */
  open(record: ActorRecord, batch: number): ActorRecord | null {
    const { spec, status, opened, incarnation, fence } = record;
    const proposal = openingProposal(record);
    if (!spec.opens || proposal === null || opened.length >= this.#rules.openingsMax) return null;
    if (status.type === 'asking' || status.type === 'done' || fence.stage !== 'through' || fence.knows) return null;
    const ballot = openingBallot(spec.name, incarnation);
    const writes = [{ name: NAME, proposal }];
    const opening: Opening = { ballot, number: opened.length + 1, writes, chosen: [] };
    const numbered = (accept: Accept): NumberedAccept => ({ ...accept, batch });
    const plain = this.#rules.openingAcceptsOf(opening);
    const accepts = this.#rules.fencing === null ? plain : plain.map(numbered);
    const opens: ActorRecord = { ...record, status: { type: 'opening', opening }, opened: [...opened, ...accepts] };
    return accepts.reduce<ActorRecord>(sending, opens);
  }

  /** Begins the fence of a new life, if it is due. */
  fence(record: ActorRecord, held: number): ActorRecord | null {
    const { spec, incarnation, fence } = record;
    if (fence.stage !== 'due') return null;
    const ballot = openingBallot(spec.name, incarnation);
    return sending({ ...record, fence: { stage: 'asking', ballot } }, { type: 'fence', name: NAME, ballot, held });
  }

  /** What the fence reported is in the own store. */
  noteReport(record: ActorRecord): ActorRecord | null {
    return record.fence.stage === 'noting' ? { ...record, fence: { stage: 'through', knows: true } } : null;
  }

  /** Whether it has done anything of what only the fenced version does, so that a crash would be one. */
  hasFenced({ fence, life, committedOthers }: ActorRecord): boolean {
    return this.#rules.fencing !== null && (committedOthers || (life > 1 && fence.stage !== 'due'));
  }

  /** What was beaten, or is not settled yet, is not kept: what may come after it, may come after one that just waits. */
  hearOpened(record: ActorRecord, opening: Opening, replies: readonly (readonly Answer[])[]): ActorStep[] {
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

  /** Goes on beside all else that it does. */
  hearFenced(record: ActorRecord, replies: readonly (readonly Answer[])[]): ActorStep[] {
    const { fence, spec } = record;
    if (fence.stage !== 'asking') return [];
    const { ballot } = fence;
    const { acceptors } = this.#world;
    const heard = everythingHeard(listeningFence(ballot, acceptors), replies, this.#nameOf);
    return heard.flatMap(({ state: { answered, reported }, deliveries }) => {
      if (!isFenceThrough({ answered, reported }, spec.name, acceptors)) return [];
      const next: ActorRecord = {
        ...record,
        fence: reported === null ? THROUGH : { stage: 'noting', ballot, reported },
      };
      return [{ next, deliveries }];
    });
  }
}
