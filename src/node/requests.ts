import type { ReadResult, Refused, WriteResult } from '../contract/outcomes.ts';
import type { MemberState } from '../events.ts';
import type { Decision, Proposal } from '../protocol/register.ts';
import type { MemberContext } from './context.ts';
import type { Reader } from './roles/reader.ts';
import type { Decisions } from './tasks/decisions.ts';
import { PendingOperations } from './tasks/pending.ts';
import type { Ending } from './tasks/task.ts';
import type { Tasks } from './tasks/tasks.ts';

/** The member that takes the requests. */
export interface Server {
  readonly state: MemberState;
  /** Why it must refuse all requests although it serves; null where it need not. */
  readonly clash: string | null;
  /** A request that it took has ended. */
  requestEnded(): void;
}

/** Takes the requests of clients: answers what is known, refuses what may not be begun, and hands the rest to the roles. */
export class Requests {
  readonly #context: MemberContext;
  readonly #server: Server;
  readonly #tasks: Tasks;
  readonly #reader: Reader;
  readonly #decisions: Decisions;
  readonly #pending: PendingOperations;

  constructor(context: MemberContext, server: Server, tasks: Tasks, reader: Reader, decisions: Decisions) {
    const { pendingOperationsMax, pendingBytesMax } = context.settings;
    this.#context = context;
    this.#server = server;
    this.#tasks = tasks;
    this.#reader = reader;
    this.#decisions = decisions;
    this.#pending = new PendingOperations(pendingOperationsMax, pendingBytesMax);
  }

  /** How many requests are under way. */
  get pending(): number {
    return this.#pending.count;
  }

  /** Writes a register: see `Member.write`. */
  write(name: string, proposal: Proposal, done: (result: WriteResult) => void): void {
    const known = this.#known(name);
    const bytes = proposal.value.length;
    const answer = this.#refusal() ?? (known && this.#outcomeOf(proposal, known));
    if (answer !== undefined) {
      done(answer);
      return;
    }
    this.#pending.begin(bytes);
    this.#tasks.write(name, proposal, (ending) => {
      this.#end(bytes);
      if (ending.type !== 'decided') return done(this.#undecided(ending));
      const result = this.#outcomeOf(proposal, ending.decision);
      if (result.outcome === 'lost') this.#decisions.keep(name, ending.decision);
      done(result);
    });
  }

  /** Reads a register: see `Member.read`. */
  read(name: string, done: (result: ReadResult) => void): void {
    const decision = this.#known(name);
    const answer = this.#refusal() ?? (decision && { outcome: 'decided', decision });
    if (answer !== undefined) {
      done(answer);
      return;
    }
    this.#pending.begin(0);
    this.#reader.read(name, (result) => {
      this.#end(0);
      if (result.outcome === 'decided') this.#decisions.keep(name, result.decision);
      done(result);
    });
  }

  #end(bytes: number): void {
    this.#pending.end(bytes);
    this.#server.requestEnded();
  }

  #refusal(): Refused | undefined {
    const { self, rules } = this.#context;
    const { state, clash } = this.#server;
    if (state !== 'serving') {
      return refused(
        503,
        `Member ${self} is ${state} and does not serve now. Nothing was started: send it again, or wait until a majority of the members is up.`,
      );
    }
    if (!rules.mayServe(clash !== null)) {
      return refused(
        503,
        `${clash} Until then both refuse all requests, so nothing was started: send it again once that is mended.`,
      );
    }
    if (!this.#pending.isFull) return undefined;
    return refused(
      429,
      `Member ${self} has as much under way as it may. Nothing was started: send it again after a pause.`,
    );
  }

  /** Turns a decision into the outcome for the writer of a proposal. */
  #outcomeOf(proposal: Proposal, decision: Decision): WriteResult {
    return { outcome: this.#context.rules.outcomeOf(proposal, decision), decision };
  }

  /** Makes the outcome for a writer that waited in vain. */
  #undecided(ending: Exclude<Ending, { type: 'decided' }>): WriteResult {
    const { self, rules } = this.#context;
    if (ending.type !== 'timeout' || rules.outcomeInVain(ending.isProposed) === 'unknown')
      return { outcome: 'unknown' };
    return refused(
      429,
      `Member ${self} has more under way than it can carry out in time. Nothing was started: send it again after a pause.`,
    );
  }

  /** The register's decision, if this member can tell it at once. */
  #known(name: string): Decision | undefined {
    const kept = this.#decisions.get(name);
    if (kept !== undefined) return kept;
    const recalled = this.#context.store.recall(name);
    if (recalled !== undefined) this.#decisions.keep(name, recalled);
    return recalled;
  }
}

function refused(code: Refused['code'], error: string): Refused {
  return { outcome: 'refused', code, error };
}
