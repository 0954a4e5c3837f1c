import type { ServiceMsg } from 'nats';
import type { ReadResult, WriteResult } from '../../contract/outcomes.ts';
import type { Answer, Replies, Reply } from './reply.ts';
import { bareReply } from './request-subject.ts';

export interface AnsweringOptions {
  readonly replies: Replies;
  readonly underWay: UnderWay;
  readonly onFailure: (error: unknown) => void;
}

/** Carries out a request, and answers it, now or later. */
export type CarryOut = (message: ServiceMsg, answer: Answer) => void;

/** Makes a handler of requests that answers each of them once, whatever happens: with `ifBroken` where something threw. */
export function answering(options: AnsweringOptions, ifBroken: WriteResult | ReadResult, carryOut: CarryOut) {
  const { replies, underWay, onFailure } = options;
  const brokenReply = () => bareReply(ifBroken, undefined);
  return (message: ServiceMsg): void => {
    let isAnswered = false;
    const answer: Answer = (make) => {
      if (isAnswered) return;
      isAnswered = true;
      if (replies.isWanted(message)) replies.send(message, attempt(make, brokenReply, onFailure));
      underWay.end();
    };
    underWay.begin();
    try {
      carryOut(message, answer);
    } catch (error) {
      onFailure(error);
      answer(brokenReply);
    }
  };
}

function attempt(make: () => Reply, brokenReply: () => Reply, onFailure: (error: unknown) => void): Reply {
  try {
    return make();
  } catch (error) {
    onFailure(error);
    return brokenReply();
  }
}

/** Counts what has begun and not ended. */
export class UnderWay {
  #count = 0;
  #onNone: (() => void)[] = [];

  begin(): void {
    this.#count += 1;
  }

  end(): void {
    this.#count -= 1;
    if (this.#count > 0) return;
    for (const resolve of this.#onNone.splice(0)) resolve();
  }

  /** Resolves as soon as nothing is under way. */
  none(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => this.#onNone.push(resolve));
  }
}
