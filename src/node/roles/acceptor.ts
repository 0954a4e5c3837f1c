import { type AcceptorEvent, type AcceptorWork, acceptorMachine } from '../../machines/acceptor.ts';
import type { Child } from '../../machines/member.ts';
import type { MemberId } from '../../protocol/ballot.ts';
import { type AcceptorReady, onBatch } from '../../protocol/batch.ts';
import type { Opened, Opening, Reply, Request } from '../../protocol/messages.ts';
import type { RegisterState } from '../../protocol/register.ts';
import type { MemberContext } from '../context.ts';
import { Inbox, isAwaited } from './inbox.ts';
import type { Learning } from './learning.ts';

/** One message to the acceptor: what it asks, and where the replies go. */
export interface Job {
  readonly from: MemberId;
  readonly requests: readonly Request[];
  /** Whether it may wait for others to share a commit with, although somebody hears the replies. */
  readonly mayWait?: boolean;
  /** Called once, after everything that the replies rest on is on the disk; never when that failed. */
  readonly respond: (replies: readonly Reply[]) => unknown;
}

/** A batch that is being answered. */
interface Batch {
  readonly jobs: readonly Job[];
  readonly ready: AcceptorReady;
  isSaved: boolean;
}

const NO_BATCH: Batch = { jobs: [], ready: { save: [], send: [], answer: [] }, isSaved: false };

/** The acceptor of a member: what it is asked waits in its inbox, and its machine answers it, a batch at a time. */
export class Acceptor implements AcceptorWork {
  readonly child: Child;
  readonly #context: MemberContext;
  readonly #learning: Learning;
  readonly #inbox: Inbox<Job>;
  #batch = NO_BATCH;
  /** Whether the machine has a batch: it looks at what waits once that is answered. */
  #isBusy = false;
  #isLingering = false;
  #send: (event: AcceptorEvent) => void = () => undefined;

  constructor(context: MemberContext, learning: Learning) {
    this.#context = context;
    this.#learning = learning;
    this.#inbox = new Inbox(context.settings.acceptorQueueMax);
    this.child = {
      id: 'acceptor',
      logic: acceptorMachine,
      input: { work: this },
      attach: (actor) => {
        this.#send = (event) => actor.send(event);
      },
    };
  }

  ask(job: Job): void {
    if (!this.#inbox.push(job)) {
      this.#context.emit({ type: 'overloaded', requests: job.requests.length });
      return;
    }
    if (!this.#isBusy) this.#wake(isAwaited(job));
  }

  /** Asks it to accept an opening; the member learns from what it accepts. `mayWait`: see `Job`. */
  open(from: MemberId, opening: Opening, respond: (opened: Opened) => void, mayWait = false): void {
    const { acceptsOf, openedOf } = this.#context.rules;
    this.#learning.onOpening(opening);
    this.ask({
      from,
      requests: acceptsOf(opening),
      mayWait,
      respond: (replies) => {
        this.#learning.onSaved(opening, replies);
        respond(openedOf(opening, replies));
      },
    });
  }

  get lingerMs(): number {
    return this.#context.settings.lingerMs;
  }

  get mayLeave(): boolean {
    return this.#context.rules.mayLeave(this.#batch.ready, this.#batch.isSaved);
  }

  get somebodyWaits(): boolean {
    return this.#inbox.isAwaited;
  }

  get somethingWaits(): boolean {
    return !this.#inbox.isEmpty;
  }

  load(): void {
    const { store, settings } = this.#context;
    this.#isBusy = true;
    this.#isLingering = false;
    const jobs = this.#inbox.take(settings.batchRegistersMax);
    const names = namesIn(jobs);
    const known = store.find(names);
    if (known !== undefined) this.#decide(jobs, known);
    else store.load(names).then((states) => this.#decide(jobs, states), this.#fail);
  }

  save(): void {
    const { store, clock, emit } = this.#context;
    const batch = this.#batch;
    const startedMs = clock.now();
    store.save(batch.ready.save).then(() => {
      batch.isSaved = true;
      emit({ type: 'committed', registers: batch.ready.save.length, tookMs: clock.now() - startedMs });
      this.#send({ type: 'SAVED' });
    }, this.#fail);
  }

  reply(): void {
    const { jobs, ready } = this.#batch;
    this.#batch = NO_BATCH;
    // Where the machine goes from here was settled before anybody is answered, which may bring more work.
    this.#isBusy = this.somebodyWaits;
    this.#isLingering = this.somethingWaits && !this.#isBusy;
    try {
      for (const [at, job] of jobs.entries()) this.#respond(job, ready.answer[at] ?? []);
    } catch (cause) {
      this.#fail(cause);
    }
  }

  fallSilent(cause: unknown): void {
    this.#isBusy = true;
    this.#context.fail(cause);
  }

  #respond(job: Job, replies: readonly Reply[]): void {
    if (replies.length === 0) return;
    this.#context.emit({ type: 'answered', to: job.from, replies });
    job.respond(replies);
  }

  #wake(isAwaited: boolean): void {
    if (isAwaited) this.#send({ type: 'ASKED' });
    else if (!this.#isLingering) {
      this.#isLingering = true;
      this.#send({ type: 'LEARNED' });
    }
  }

  #decide(jobs: readonly Job[], states: ReadonlyMap<string, RegisterState>): void {
    try {
      const ready = onBatch(
        states,
        jobs.map(({ requests }) => requests),
        this.#context.rules.onRequest,
      );
      this.#batch = { jobs, ready, isSaved: false };
      this.#send({ type: 'DECIDED' });
    } catch (cause) {
      this.#fail(cause);
    }
  }

  readonly #fail = (cause: unknown): void => this.#send({ type: 'FAILED', cause });
}

function namesIn(jobs: readonly Job[]): readonly string[] {
  const [only] = jobs;
  // A message names a register once, most often; to ask for one twice does no harm.
  if (only !== undefined && jobs.length === 1) return only.requests.map(({ name }) => name);
  const names = new Set<string>();
  for (const { requests } of jobs) for (const { name } of requests) names.add(name);
  return [...names];
}
