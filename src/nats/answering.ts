import type { ServiceMsg } from 'nats';
import type { ReadResult, WriteResult } from '../outcomes.ts';
import { natsFaultOf } from './nats-errors.ts';
import { type Answer, bareReply, type Reply } from './subject-form.ts';
import type { UnderWay } from './under-way.ts';

export interface AnsweringOptions {
  /** Whether a subject is one that answers must not be written to. */
  readonly isOwn: (subject: string) => boolean;
  readonly underWay: UnderWay;
  readonly onFailure: (error: unknown) => void;
}

/** Carries out a request, and answers it, now or later. */
export type CarryOut = (message: ServiceMsg, answer: Answer) => void;

/** Makes a handler of requests that answers each of them once, whatever happens: with `ifBroken` where something threw. */
export function answering(options: AnsweringOptions, ifBroken: WriteResult | ReadResult, carryOut: CarryOut) {
  const { isOwn, underWay, onFailure } = options;
  const brokenReply = () => bareReply(ifBroken, undefined);
  return (message: ServiceMsg): void => {
    let isAnswered = false;
    const answer: Answer = (make) => {
      if (isAnswered) return;
      isAnswered = true;
      const reply = attempt(make, brokenReply, onFailure);
      // Without a look at where it goes, a client that may only read could have its answers written somewhere.
      if (message.reply && !isOwn(message.reply)) respond(message, reply, brokenReply, onFailure);
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

/** Sends a reply. One that NATS finds too large gives way to one without a value; once it is closed none can be sent. */
function respond(
  message: ServiceMsg,
  reply: Reply,
  ifTooLarge: () => Reply,
  onFailure: (error: unknown) => void,
): void {
  try {
    send(message, reply);
  } catch (error) {
    onFailure(error);
    if (natsFaultOf(error) !== 'payload-too-large') return;
    try {
      send(message, ifTooLarge());
    } catch (again) {
      onFailure(again);
    }
  }
}

function send(message: ServiceMsg, { payload, headers }: Reply): void {
  message.respond(payload, headers === undefined ? {} : { headers });
}
