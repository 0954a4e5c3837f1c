import { NotAdmittedError, PrefixTakenError, type SteleError } from '../contract/errors.ts';
import type { ReadResult, WriteResult } from '../contract/outcomes.ts';
import type { MemberStatus } from '../contract/status.ts';
import type { Listener, MemberEvent, MemberState } from '../events.ts';
import type { Ports } from '../ports.ts';
import type { MemberId } from '../protocol/ballot.ts';
import { succession } from '../protocol/home.ts';
import type { Refusal } from '../protocol/membership.ts';
import type { Proposal } from '../protocol/register.ts';
import { RULES, type Rules } from '../protocol/rules.ts';
import { type MemberContext, newContext } from './context.ts';
import { asSteleError } from './failure.ts';
import { Life } from './life.ts';
import { Listeners } from './listeners.ts';
import { Messenger } from './peers/messenger.ts';
import { type Applicant, Peers } from './peers/peers.ts';
import { type Newcomer, Presence } from './peers/presence.ts';
import { describeRefusal } from './peers/refusals.ts';
import { Router } from './peers/router.ts';
import { Requests, type Server } from './requests.ts';
import { Acceptor } from './roles/acceptor.ts';
import { InCharge } from './roles/in-charge.ts';
import { Learning } from './roles/learning.ts';
import { Proposer } from './roles/proposer.ts';
import { Reader } from './roles/reader.ts';
import type { Settings } from './settings.ts';
import { statusOf } from './status.ts';
import { Decisions } from './tasks/decisions.ts';
import { Tasks } from './tasks/tasks.ts';

/**
 * One member of a cluster: an acceptor, a proposer, a learner and a reader over one transport and one store. It knows nothing of
 * NATS, SQLite or clients.
 */
export class Member implements Applicant, Newcomer, Server {
  /** Resolves once it has drained; rejects with what made it stop otherwise. */
  readonly done: Promise<void>;

  readonly #context: MemberContext;
  readonly #listeners = new Listeners();
  readonly #life: Life;
  readonly #peers: Peers;
  readonly #presence: Presence;
  readonly #inCharge: InCharge;
  readonly #proposer: Proposer;
  readonly #requests: Requests;
  readonly #router: Router;
  #failure: SteleError | undefined;

  /** @param rules those of the protocol, unless a planted mistake is looked for. */
  constructor(settings: Settings, ports: Ports, rules: Rules = RULES) {
    const emit = (event: MemberEvent) => this.#emit(event);
    const context = newContext(settings, ports, rules, emit, (cause) => this.#fail(asSteleError(cause)));
    const inOrder = succession(ports.store.identity.members);
    const decisions = new Decisions(settings.decisionsBytesMax);
    this.#context = context;
    this.#peers = new Peers(context, this);
    this.#presence = new Presence(context, this.#peers, this);
    const learning = new Learning(context, decisions);
    const acceptor = new Acceptor(context, learning);
    const messenger = new Messenger(context, this.#peers, acceptor);
    this.#proposer = new Proposer(context, messenger, learning);
    const tasks = new Tasks(context, this.#proposer, rules.isHome(context.self, inOrder));
    learning.tell(tasks);
    const reader = new Reader(context, messenger, learning, tasks);
    this.#requests = new Requests(context, this, tasks, reader, decisions);
    this.#inCharge = new InCharge(context, inOrder, this.#peers);
    const hearers = { peers: this.#peers, presence: this.#presence, acceptor, learning, inCharge: this.#inCharge };
    this.#router = new Router(context, hearers, inOrder[0], this);
    this.#life = new Life(context, [
      acceptor.child,
      this.#inCharge.child,
      ...this.#proposer.children,
      ...reader.children,
    ]);
    this.done = this.#life.over.then(() => this.#leave());
  }

  start(): void {
    this.#life.start();
    if (this.#life.isOver) return;
    this.#context.transport.serve((message, respond) => {
      if (this.#life.isOver) return;
      try {
        this.#router.receive(message, (answer) => this.#life.isOver || respond(answer));
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
    this.#requests.write(name, proposal, done);
  }

  /** Reads a register: see `ReadResult`. The name has been checked. `done` is called once. */
  read(name: string, done: (result: ReadResult) => void): void {
    this.#requests.read(name, done);
  }

  get state(): MemberState {
    return this.#life.state;
  }

  get clash(): string | null {
    return this.#presence.clash;
  }

  status(): MemberStatus {
    return statusOf(this.#context.store, {
      state: this.state,
      takesWrites: this.#inCharge.takesWrites,
      pending: this.#requests.pending,
      clash: this.clash,
      peers: this.#peers.statuses(),
    });
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
    this.#life.send({ type: 'DRAIN' });
    this.requestEnded();
    return this.done;
  }

  /** Stops at once, for a reason outside of it: what it stands on is gone. One that is leaving has left then. */
  abort(error: SteleError): void {
    if (this.state === 'draining') this.#life.send({ type: 'DRAINED' });
    else if (!this.#life.isOver) this.#fail(error);
  }

  /** Tells all listeners of trouble in what surrounds the member; where it lasts, those that come later too. */
  report(what: string, lasts = false): void {
    if (lasts) this.#listeners.stand({ type: 'trouble', what });
    else this.#emit({ type: 'trouble', what });
  }

  admitted(): void {
    this.#life.send({ type: 'ADMITTED' });
  }

  refused(by: MemberId, refusal: Refusal): void {
    this.#fail(new NotAdmittedError(describeRefusal(this.#context.self, by, refusal)));
  }

  prefixTaken(clash: string): void {
    this.#fail(new PrefixTakenError(`${clash} Nothing was written.`));
  }

  requestEnded(): void {
    if (this.state === 'draining' && this.#requests.pending === 0) this.#life.send({ type: 'DRAINED' });
  }

  #fail(error: SteleError): void {
    this.#failure ??= error;
    // While its machine still lives, so that the status and the service hear of it.
    this.#inCharge.stop();
    this.#life.send({ type: 'FAILED', reason: error.message });
  }

  async #leave(): Promise<void> {
    for (const part of [this.#peers, this.#presence, this.#proposer]) part.stop();
    try {
      await this.#context.store.close();
    } catch (error) {
      this.#failure ??= asSteleError(error);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #emit(event: MemberEvent): void {
    const isServing = event.type === 'state' && event.state === 'serving';
    // Whoever else serves on the prefix must have been told before this member takes a request.
    if (isServing) this.#presence.serve();
    this.#listeners.emit(event);
    if (isServing) this.#inCharge.begin();
  }
}
