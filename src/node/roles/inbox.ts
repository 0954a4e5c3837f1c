import type { Request } from '../../protocol/messages.ts';

/** A message that waits. */
interface Waiting {
  readonly requests: readonly Request[];
  readonly mayWait?: boolean;
}

/** The messages that wait at an acceptor. It is bounded, and an arrival costs the same however many wait. */
export class Inbox<Job extends Waiting> {
  readonly #requestsMax: number;
  #jobs: Job[] = [];
  #requests = 0;
  #awaited = 0;

  /** @param requestsMax the most requests that may wait: nothing more is taken. */
  constructor(requestsMax: number) {
    this.#requestsMax = requestsMax;
  }

  /** Whether somebody waits for an answer. */
  get isAwaited(): boolean {
    return this.#awaited > 0;
  }

  get isEmpty(): boolean {
    return this.#jobs.length === 0;
  }

  /** @returns whether there was room for it. */
  push(job: Job): boolean {
    if (this.#requests + job.requests.length > this.#requestsMax) return false;
    this.#jobs.push(job);
    this.#count(job, 1);
    return true;
  }

  /** Takes the messages that have waited longest, as many as make one batch: at least one. */
  take(batchRequestsMax: number): readonly Job[] {
    let jobs = 0;
    let requests = 0;
    for (const job of this.#jobs) {
      if (jobs > 0 && requests + job.requests.length > batchRequestsMax) break;
      requests += job.requests.length;
      jobs += 1;
    }
    const batch = jobs === this.#jobs.length ? this.#jobs : this.#jobs.slice(0, jobs);
    this.#jobs = jobs === this.#jobs.length ? [] : this.#jobs.slice(jobs);
    for (const job of batch) this.#count(job, -1);
    return batch;
  }

  #count(job: Job, by: 1 | -1): void {
    this.#requests += by * job.requests.length;
    if (isAwaited(job)) this.#awaited += by;
  }
}

/** Nobody waits for an answer to a learned decision, nor for one that others give sooner. */
export function isAwaited({ requests, mayWait }: Waiting): boolean {
  return mayWait !== true && requests.some(({ type }) => type !== 'decide');
}
