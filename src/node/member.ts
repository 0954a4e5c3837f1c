import { type Actor, createActor } from 'xstate';
import { NotAdmittedError, PrefixTakenError, type SteleError } from '../errors.ts';
import type { Emit, Listener, MemberState } from '../events.ts';
import { acceptorMachine } from '../machines/acceptor.ts';
import { type MemberMachineEvent, memberMachine } from '../machines/member.ts';
import type { ReadResult, Refused, WriteResult } from '../outcomes.ts';
import type { PeerMessage, Ports, Respond } from '../ports.ts';
import type { MemberId } from '../protocol/ballot.ts';
import { succession } from '../protocol/home.ts';
import type { Credentials, Refusal } from '../protocol/membership.ts';
import type { Decide } from '../protocol/messages.ts';
import { openingBallot } from '../protocol/opening.ts';
import type { Decision, Proposal } from '../protocol/register.ts';
import type { MemberStatus } from '../status.ts';
import type { BatchLimits } from './batch-queue.ts';
import { Decisions } from './decisions.ts';
import { asSteleError } from './failure.ts';
import { InCharge } from './in-charge.ts';
import { batchLimits } from './limits.ts';
import { Listeners } from './listeners.ts';
import { Messenger } from './messenger.ts';
import { Peers } from './peers.ts';
import { PendingOperations } from './pending.ts';
import { Presence } from './presence.ts';
import { Reads } from './reads.ts';
import { describeRefusal } from './refusals.ts';
import { newSession } from './session.ts';
import type { Settings } from './settings.ts';
import { TakenOpenings } from './taken.ts';
import type { Ending } from './task.ts';
import { waysOf } from './ways.ts';
import { outcomeOf, Writes } from './writes.ts';

/**
 * One member of a cluster: an acceptor, a proposer and a learner over one transport and one store. It wires the machines
 * to the ports, and knows nothing of NATS, SQLite or clients.
 */
export class Member {
  /** Resolves once it has drained; rejects with what made it stop otherwise. */
  readonly done: Promise<void>;

  readonly #ports: Ports;
  readonly #listeners = new Listeners();
  readonly #session: string;
  readonly #life: Actor<typeof memberMachine>;
  readonly #acceptor: Actor<typeof acceptorMachine>;
  readonly #limits: BatchLimits;
  readonly #pending: PendingOperations;
  readonly #decisions: Decisions;
  readonly #taken: TakenOpenings;
  readonly #peers: Peers;
  readonly #presence: Presence;
  readonly #messenger: Messenger;
  readonly #inCharge: InCharge;
  readonly #writes: Writes;
  readonly #reads: Reads;
  #state: MemberState = 'joining';
  #failure: SteleError | undefined;

  constructor(settings: Settings, ports: Ports) {
    this.#ports = ports;
    const { store, transport, clock, random } = ports;
    const { member: self, members, incarnation } = store.identity;
    const emit: Emit = (event) => this.#emit(event);
    const onStoreFailed = (error: unknown) => this.#fail(asSteleError(error));
    const onBroken = onStoreFailed;
    const credentials = () => this.#credentials();
    this.#session = newSession(random);
    this.#limits = batchLimits(settings, transport);
    this.#pending = new PendingOperations(settings.pendingOperationsMax, settings.pendingBytesMax);
    this.#decisions = new Decisions(settings.decisionsBytesMax);
    this.#taken = new TakenOpenings({
      noteDecided: (commit, names) => store.noteDecided(commit, names),
      onDecides: (decides) => this.#learn(decides),
    });

    this.#acceptor = createActor(acceptorMachine, {
      clock,
      input: {
        store,
        clock,
        emit,
        onFailed: onStoreFailed,
        queueMax: settings.acceptorQueueMax,
        batchRequestsMax: settings.batchRegistersMax,
        decideDelayMs: settings.decideDelayMs,
      },
    });
    this.#acceptor.subscribe({ error: onBroken });
    this.#peers = new Peers({
      store,
      transport,
      clock,
      emit,
      heartbeatMs: settings.heartbeatMs,
      peerSilentMs: settings.peerSilentMs,
      credentials,
      onAdmitted: () => this.#send({ type: 'ADMITTED' }),
      onRefused: (by, refusal) => this.#fail(this.#notAdmitted(by, refusal)),
      onStoreFailed,
    });
    this.#presence = new Presence({
      identity: store.identity,
      session: this.#session,
      transport,
      clock,
      emit,
      peers: this.#peers,
      heartbeatMs: settings.heartbeatMs,
      peerSilentMs: settings.peerSilentMs,
      joinListenMs: settings.joinListenMs,
      onTaken: (clash) => this.#fail(new PrefixTakenError(`${clash} Nothing was written.`)),
    });
    const inOrder = succession(members);
    this.#messenger = new Messenger({
      self,
      home: inOrder[0],
      transport,
      peers: this.#peers,
      taken: this.#taken,
      credentials,
      mayVote: () => store.enrolled && this.#state !== 'joining',
      toAcceptor: (job) => this.#isOver() || this.#acceptor.send({ type: 'REQUESTS', job }),
      answerBytesMax: () => this.#limits.batchBytesMax,
      onDecides: (decides) => this.#learn(decides),
      onCharge: (message, respond) => this.#inCharge.hear(message, respond),
      onNonsense: (what) => emit({ type: 'trouble', what }),
    });
    this.#inCharge = new InCharge({
      self,
      succession: inOrder,
      settings,
      transport,
      clock,
      credentials,
      trusts: (sender) => this.#peers.trusts(sender),
      onCharge: (takesWrites) => emit({ type: 'charge', takesWrites }),
    });
    const onFound = (decides: readonly Decide[]) => this.#onFound(decides);
    const ask = this.#messenger.ask;
    const shared = { settings, members: members.length, clock, emit, onBroken };
    this.#writes = new Writes({
      settings,
      isHome: self === inOrder[0],
      clock,
      random,
      onChosen: (decides, isTold) => this.#onChosen(decides, isTold),
      onFound,
      onBroken,
      ways: (writes) =>
        waysOf(
          {
            settings,
            ports,
            emit,
            messenger: this.#messenger,
            taken: this.#taken,
            ballot: openingBallot(self, incarnation),
            onStoreFailed,
            onBroken,
          },
          writes,
        ),
    });
    this.#reads = new Reads({ ...shared, ask, onFound, store, transport, writes: this.#writes, onStoreFailed });
    this.#life = createActor(memberMachine, { clock, input: { emit, drainTimeoutMs: settings.drainTimeoutMs } });
    this.done = new Promise((resolve, reject) => {
      this.#life.subscribe({ complete: () => void this.#leave().then(resolve, reject) });
    });
  }

  start(): void {
    this.#life.start();
    this.#acceptor.start();
    this.#ports.transport.serve((message, respond) => {
      if (this.#isOver()) return;
      try {
        this.#receive(message, (answer) => this.#isOver() || respond(answer));
      } catch (error) {
        this.#fail(asSteleError(error));
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
    const answer = this.#refusal() ?? (known && outcomeOf(proposal, known));
    if (answer !== undefined) {
      done(answer);
      return;
    }
    this.#pending.begin(bytes);
    this.#writes.write(name, proposal, (ending) => {
      this.#end(bytes);
      if (ending.type !== 'decided') return done(this.#undecided(ending));
      const result = outcomeOf(proposal, ending.decision);
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
    this.#reads.read(name, (result) => {
      this.#end(0);
      if (result.outcome === 'decided') this.#decisions.keep(name, result.decision);
      done(result);
    });
  }

  status(): MemberStatus {
    const { identity, registers, commits } = this.#ports.store;
    const { cluster, member, members, incarnation, storeId } = identity;
    const peers = this.#peers.statuses();
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
      peers,
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

  #receive(message: PeerMessage, respond: Respond): void {
    if (message.type === 'presence') this.#presence.hear(message, respond);
    else this.#messenger.receive(message, respond);
  }

  #refusal(): Refused | undefined {
    if (this.#state !== 'serving') {
      const error = `Member ${this.#ports.store.identity.member} is ${this.#state} and does not serve now. Nothing was started: send it again, or wait until a majority of the members is up.`;
      return { outcome: 'refused', code: 503, error };
    }
    const { clash } = this.#presence;
    if (clash !== null) {
      const error = `${clash} Until then both refuse all requests, so nothing was started: send it again once that is mended.`;
      return { outcome: 'refused', code: 503, error };
    }
    if (!this.#pending.isFull) return undefined;
    const error = `Member ${this.#ports.store.identity.member} has as much under way as it may. Nothing was started: send it again after a pause.`;
    return { outcome: 'refused', code: 429, error };
  }

  /** What a writer is told who waited in vain. */
  #undecided(ending: Exclude<Ending, { type: 'decided' }>): WriteResult {
    if (ending.type !== 'timeout' || ending.isProposed) return { outcome: 'unknown' };
    const error = `Member ${this.#ports.store.identity.member} has more under way than it can carry out in time. Nothing was started: send it again after a pause.`;
    return { outcome: 'refused', code: 429, error };
  }

  /** The register's decision, if this member can tell it at once. */
  #known(name: string): Decision | undefined {
    const kept = this.#decisions.get(name);
    if (kept !== undefined) return kept;
    const recalled = this.#ports.store.recall(name);
    if (recalled !== undefined) this.#decisions.keep(name, recalled);
    return recalled;
  }

  /** @param isTold as in `Conclude`. */
  #onChosen(decides: readonly Decide[], isTold: boolean): void {
    this.#learn(decides);
    if (!isTold) this.#messenger.tell(decides);
    for (const { name, decision } of decides) this.#emit({ type: 'decided', name, decision });
  }

  #onFound(decides: readonly Decide[]): void {
    this.#learn(decides);
    this.#messenger.note(decides);
  }

  #learn(decides: readonly Decide[]): void {
    for (const { name, decision } of decides) {
      this.#decisions.check(name, decision);
      this.#writes.learn(name, decision);
    }
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
    this.#send({ type: 'FAILED', reason: error.message });
  }

  async #leave(): Promise<void> {
    this.#inCharge.stop();
    this.#peers.stop();
    this.#presence.stop();
    this.#writes.stop();
    this.#acceptor.stop();
    try {
      await this.#ports.store.close();
    } catch (error) {
      this.#failure ??= asSteleError(error);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #emit(event: Parameters<Emit>[0]): void {
    if (event.type === 'state') this.#state = event.state;
    // Whoever else serves on the prefix must have been told before this member takes a request.
    if (event.type === 'state' && event.state === 'serving') this.#presence.serve();
    this.#listeners.emit(event);
    if (event.type === 'state' && event.state === 'serving') this.#inCharge.begin();
  }

  #credentials(): Credentials {
    const { identity, commits } = this.#ports.store;
    const { cluster, member, storeId, incarnation } = identity;
    return { cluster, member, storeId, incarnation, session: this.#session, commits };
  }

  #notAdmitted(by: MemberId, refusal: Refusal): NotAdmittedError {
    return new NotAdmittedError(describeRefusal(this.#ports.store.identity.member, by, refusal));
  }
}
