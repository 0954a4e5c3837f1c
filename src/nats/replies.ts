import type { MsgHdrs } from 'nats';
import { natsFaultOf } from '../contract/nats-errors.ts';

/** A reply that is ready to be sent. */
export interface Reply {
  readonly payload: Uint8Array;
  readonly headers?: MsgHdrs;
  /** Makes the reply to send where NATS does not carry this one, given how large a message it carries. */
  readonly ifTooLarge?: (bytesMax: number) => Reply;
}

/** Answers a request, once: with what the function makes. */
export type Answer = (reply: () => Reply) => void;

/** What can be replied to: a request of the service, or of the NATS services protocol. */
export interface Answerable {
  readonly subject: string;
  readonly reply?: string;
  respond(payload: Uint8Array, options: { headers?: MsgHdrs }): unknown;
}

export interface RepliesOptions {
  /** The largest message that NATS carries, now. */
  readonly payloadBytesMax: () => number;
  /** Whether a subject is one that answers must not be written to. */
  readonly isOwn: (subject: string) => boolean;
  /** Told, by an error whose message is a sentence, of each reply that did not leave as it was made. */
  readonly onFailure: (error: unknown) => void;
}

/** The one place where replies leave, and where all that NATS may say to that is met. It never throws. */
export class Replies {
  readonly #options: RepliesOptions;

  constructor(options: RepliesOptions) {
    this.#options = options;
  }

  /** Whether a request wants a reply, and says a place for it that is not the service's own. */
  isWanted({ reply }: Answerable): boolean {
    // Without a look at where it goes, a client that may only read could have its answers written somewhere.
    return reply !== undefined && reply !== '' && !this.#options.isOwn(reply);
  }

  /** Sends a reply, or the next smaller one where NATS finds it too large. Once NATS is closed none can be sent. */
  send(request: Answerable, reply: Reply): void {
    if (!this.isWanted(request)) return;
    const failure = this.#attempt(request, reply);
    if (failure !== undefined) this.#options.onFailure(failure);
  }

  /** @returns what to tell of; undefined where the reply left as it was made. */
  #attempt(request: Answerable, reply: Reply): Error | undefined {
    const { payload, headers, ifTooLarge } = reply;
    try {
      request.respond(payload, headers === undefined ? {} : { headers });
      return undefined;
    } catch (error) {
      const to = `The reply to a request on ${request.subject}`;
      if (natsFaultOf(error) !== 'payload-too-large') {
        return new Error(`${to} could not be sent: ${sentenceOf(error)}`, { cause: error });
      }
      const bytesMax = this.#options.payloadBytesMax();
      const tooLarge = `${to} takes more than the ${bytesMax} bytes that NATS carries (its max_payload)`;
      if (ifTooLarge === undefined) return new Error(`${tooLarge}, and none was sent.`, { cause: error });
      return this.#attempt(request, ifTooLarge(bytesMax)) === undefined
        ? new Error(`${tooLarge}, so a shorter one was sent, which says so.`, { cause: error })
        : new Error(`${tooLarge}, and so does a shorter one: none was sent.`, { cause: error });
    }
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
