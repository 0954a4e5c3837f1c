import { type Actor, type AnyActorRef, createActor } from 'xstate';
import { NotAdmittedError, PrefixTakenError, type SteleError } from '../contract/errors.ts';
import type { ReadResult, Refused, WriteResult } from '../contract/outcomes.ts';
import type { MemberStatus } from '../contract/status.ts';
import type { Listener, MemberEvent, MemberState } from '../events.ts';
import { type Child, type MemberMachineEvent, memberMachine } from '../machines/member.ts';
import type { Ports } from '../ports.ts';
import { succession } from '../protocol/home.ts';
import type { Credentials } from '../protocol/membership.ts';
import type { Decision, Proposal } from '../protocol/register.ts';
import { RULES, type Rules } from '../protocol/rules.ts';
import type { MemberContext } from './context.ts';
import { asSteleError } from './failure.ts';
import { Listeners } from './listeners.ts';
import { Messenger } from './peers/messenger.ts';
import { Peers } from './peers/peers.ts';
import { Presence } from './peers/presence.ts';
import { describeRefusal } from './peers/refusals.ts';
import { Router } from './peers/router.ts';
import { newSession } from './peers/session.ts';
import { Acceptor } from './roles/acceptor.ts';
import { InCharge } from './roles/in-charge.ts';
import { Learning } from './roles/learning.ts';
import { Proposer } from './roles/proposer.ts';
import { Reader } from './roles/reader.ts';
import type { Settings } from './settings.ts';
import { Decisions } from './tasks/decisions.ts';
import { PendingOperations } from './tasks/pending.ts';
import type { Ending } from './tasks/task.ts';
import { Tasks } from './tasks/tasks.ts';

/**
 * One member of a cluster: an acceptor, a proposer, a learner and a reader over one transport and one store. It knows nothing of
 * NATS, SQLite or clients.
 */
export class Member {
  /** Resolves once it has drained; rejects with what made it stop otherwise. */
  readonly done: Promise<void>;

  readonly #context: MemberContext;
  readonly #listeners = new Listeners();
  readonly #session: string;
  readonly #life: Actor<typeof memberMachine>;
  readonly #children: readonly Child[];
  readonly #pending: PendingOperations;
  readonly #decisions: Decisions;
  readonly #peers: Peers;
  readonly #presence: Presence;
  readonly #inCharge: InCharge;
  readonly #proposer: Proposer;
  readonly #tasks: Tasks;
  readonly #reader: Reader;
  readonly #router: Router;
  #state: MemberState = 'joining';
  #failure: SteleError | undefined;

  /** @param rules those of the protocol, unless a planted mistake is looked for. */
  constructor(settings: Settings, ports: Ports, rules: Rules = RULES) {
    const { member: self, members } = ports.store.identity;
    const context: MemberContext = {
      ...ports,
      self,
      members: members.length,
      rules,
      settings,
      emit: (event) => this.#emit(event),
      fail: (cause) => this.#fail(asSteleError(cause)),
    };
    const { clock, emit } = context;
    const credentials = () => this.#credentials();
    const inOrder = succession(members);
    const [home] = inOrder;
    this.#context = context;
    this.#session = newSession(ports.random);
    this.#pending = new PendingOperations(settings.pendingOperationsMax, settings.pendingBytesMax);
    this.#decisions = new Decisions(settings.decisionsBytesMax);
    this.#peers = new Peers({
      ...context,
      ...settings,
      credentials,
      onAdmitted: () => this.#send({ type: 'ADMITTED' }),
      onRefused: (by, refusal) => this.#fail(new NotAdmittedError(describeRefusal(self, by, refusal))),
      onStoreFailed: context.fail,
    });
    this.#presence = new Presence({
      ...context,
      ...settings,
      identity: ports.store.identity,
      session: this.#session,
      peers: this.#peers,
      onTaken: (clash) => this.#fail(new PrefixTakenError(`${clash} Nothing was written.`)),
    });
    const learning = new Learning(context, this.#decisions);
    const acceptor = new Acceptor(context, learning);
    const messenger = new Messenger(context, this.#peers, acceptor, credentials);
    this.#proposer = new Proposer(context, messenger, learning);
    this.#tasks = new Tasks(context, this.#proposer, rules.isHome(self, inOrder));
    learning.tell(this.#tasks);
    this.#reader = new Reader(context, messenger, learning, this.#tasks);
    this.#inCharge = new InCharge(context, inOrder, this.#peers, credentials);
    const hearers = { peers: this.#peers, presence: this.#presence, acceptor, learning, inCharge: this.#inCharge };
    this.#router = new Router(context, hearers, home, credentials, () => this.#state !== 'joining');
    this.#children = [acceptor.child, this.#inCharge.child, ...this.#proposer.children, ...this.#reader.children];
    const { drainTimeoutMs } = settings;
    this.#life = createActor(memberMachine, { clock, input: { emit, drainTimeoutMs, children: this.#children } });
    this.done = new Promise((resolve, reject) => {
      this.#life.subscribe({ complete: () => void this.#leave().then(resolve, reject) });
    });
  }

  start(): void {
    this.#life.start();
    // It may have been told to stop before, and has then.
    if (this.#isOver()) return;
    for (const { id, attach } of this.#children) {
      const actor: AnyActorRef = this.#life.system.get(id);
      // What a store or a peer says to a member that is over comes too late for its machines.
      attach({ send: (event) => this.#isOver() || actor.send(event) });
    }
    this.#context.transport.serve((message, respond) => {
      if (this.#isOver()) return;
      try {
        this.#router.receive(message, (answer) => this.#isOver() || respond(answer));
      } catch (cause) {
        this.#context.fail(cause);
      }
    });
    this.#peers.start();
    this.#presence.start();
  }

  /**
   * Writes a register: see `WriteResult` for what comes of it. The name and the proposal have been checked.
   * @param done called once; at once where the answer is known.
   */
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

  /** Reads a register: see `ReadResult`. The name has been checked. `done` is called once. */
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

  status(): MemberStatus {
    const { identity, registers, commits } = this.#context.store;
    const { cluster, member, members, incarnation, storeId } = identity;
    return {
      cluster,
      member,
      members: [...members],
      state: this.#state,
      takesWrites: this.#inCharge.takesWrites,
      incarnation,
      storeId,
      registers,
      commits,
      pending: this.#pending.count,
      clash: this.#presence.clash,
      peers: this.#peers.statuses(),
    };
  }

  /** Hears the present state first, then all that the member says about itself, until the returned function is called. */
  subscribe(listener: Listener): () => void {
    return this.#listeners.subscribe(listener);
  }

  /** Leaves the clients' writes to another member: resolves once one takes them, or has had the time to. */
  leaveWrites(): Promise<void> {
    return this.#inCharge.leave();
  }

  /** Takes nothing new, finishes what is under way within `drainTimeoutMs`, and closes the store. */
  drain(): Promise<void> {
    this.#inCharge.stop();
    this.#send({ type: 'DRAIN' });
    this.#askIfDrained();
    return this.done;
  }

  /** Stops at once, for a reason outside of it: what it stands on is gone. One that is leaving has left then. */
  abort(error: SteleError): void {
    if (this.#state === 'draining') this.#send({ type: 'DRAINED' });
    else if (!this.#isOver()) this.#fail(error);
  }

  /** Tells all listeners of trouble in what surrounds the member. */
  report(what: string): void {
    this.#emit({ type: 'trouble', what });
  }

  /** Tells all listeners of trouble that lasts, and those that come later too. */
  reportLasting(what: string): void {
    this.#listeners.stand({ type: 'trouble', what });
  }

  #refusal(): Refused | undefined {
    const { self, rules } = this.#context;
    const refused = (code: Refused['code'], error: string): Refused => ({ outcome: 'refused', code, error });
    if (this.#state !== 'serving') {
      return refused(
        503,
        `Member ${self} is ${this.#state} and does not serve now. Nothing was started: send it again, or wait until a majority of the members is up.`,
      );
    }
    const { clash } = this.#presence;
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

  /** What a decision means for whoever proposed this. */
  #outcomeOf(proposal: Proposal, decision: Decision): WriteResult {
    return { outcome: this.#context.rules.outcomeOf(proposal, decision), decision };
  }

  /** What a writer is told who waited in vain. */
  #undecided(ending: Exclude<Ending, { type: 'decided' }>): WriteResult {
    const { self, rules } = this.#context;
    if (ending.type !== 'timeout' || rules.outcomeInVain(ending.isProposed) === 'unknown')
      return { outcome: 'unknown' };
    const error = `Member ${self} has more under way than it can carry out in time. Nothing was started: send it again after a pause.`;
    return { outcome: 'refused', code: 429, error };
  }

  /** The register's decision, if this member can tell it at once. */
  #known(name: string): Decision | undefined {
    const kept = this.#decisions.get(name);
    if (kept !== undefined) return kept;
    const recalled = this.#context.store.recall(name);
    if (recalled !== undefined) this.#decisions.keep(name, recalled);
    return recalled;
  }

  #end(bytes: number): void {
    this.#pending.end(bytes);
    this.#askIfDrained();
  }

  #askIfDrained(): void {
    if (this.#state === 'draining' && this.#pending.count === 0) this.#send({ type: 'DRAINED' });
  }

  #isOver(): boolean {
    return this.#state === 'stopped' || this.#state === 'failed';
  }

  #send(event: MemberMachineEvent): void {
    if (!this.#isOver()) this.#life.send(event);
  }

  #fail(error: SteleError): void {
    this.#failure ??= error;
    // While its machine still lives, so that the status and the service hear of it.
    this.#inCharge.stop();
    this.#send({ type: 'FAILED', reason: error.message });
  }

  async #leave(): Promise<void> {
    this.#peers.stop();
    this.#presence.stop();
    this.#proposer.stop();
    try {
      await this.#context.store.close();
    } catch (error) {
      this.#failure ??= asSteleError(error);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #emit(event: MemberEvent): void {
    if (event.type === 'state') this.#state = event.state;
    // Whoever else serves on the prefix must have been told before this member takes a request.
    const isServing = event.type === 'state' && event.state === 'serving';
    if (isServing) this.#presence.serve();
    this.#listeners.emit(event);
    if (isServing) this.#inCharge.begin();
  }

  #credentials(): Credentials {
    const { identity, commits } = this.#context.store;
    const { cluster, member, storeId, incarnation } = identity;
    return { cluster, member, storeId, incarnation, session: this.#session, commits };
  }
}
