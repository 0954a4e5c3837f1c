import { problemWithBlanksAround, problemWithName, problemWithOpId } from '../../contract/names.ts';
import type { ReadResult, Refused, WriteResult } from '../../contract/outcomes.ts';
import type { MemberStatus } from '../../contract/status.ts';
import type { Proposal } from '../../protocol/register.ts';
import { largestValueBytes } from '../payload-limit.ts';

/**
 * What the service needs of a member. It is handed only names and operation ids that are well-formed, and answers by one
 * call of `done`, now or later, which never throws. If it throws before that, the outcome is taken for unknown.
 */
export interface MemberApi {
  write(name: string, proposal: Proposal, done: (result: WriteResult) => void): void;
  read(name: string, done: (result: ReadResult) => void): void;
  status(): MemberStatus;
}

/** A write as a request states it. Name and operation id have not been looked at. */
export interface WriteRequest {
  readonly name: unknown;
  readonly value: Uint8Array;
  /** Undefined for one that the service is to make up. */
  readonly opId: unknown;
}

/** `opId` is undefined where the write was refused before it had one. */
export type OnWritten = (result: WriteResult, opId: string | undefined) => void;
export type OnRead = (result: ReadResult) => void;

/** The two operations, the same for both forms of a request. Each is answered once, now or later, and never throws. */
export interface Operations {
  write(request: WriteRequest, done: OnWritten): void;
  read(name: unknown, done: OnRead): void;
}

export interface OperationsOptions {
  readonly member: MemberApi;
  /** The largest value that is allowed. */
  readonly valueBytesMax: () => number;
  /** The largest message that NATS carries, now; any unless given. A value that members cannot send each other could never be decided. */
  readonly payloadBytesMax?: () => number;
  readonly newOpId: () => string;
  /** Told of what the member threw. */
  readonly onFailure: (error: unknown) => void;
}

export function createOperations(options: OperationsOptions): Operations {
  const { member, valueBytesMax, payloadBytesMax = () => Number.POSITIVE_INFINITY, newOpId, onFailure } = options;
  return {
    write({ name, value, opId: given }, done) {
      const problem = problemWithName(name) ?? (given === undefined ? undefined : problemWithGivenOpId(given));
      if (typeof name !== 'string' || problem !== undefined) return done(refused(400, problem), undefined);
      const tooLarge = problemWithSize(value.length, valueBytesMax(), payloadBytesMax());
      if (tooLarge !== undefined) return done(refused(413, tooLarge), undefined);
      const opId = typeof given === 'string' ? given : newOpId();
      const settle = once((result: WriteResult) => done(result, opId));
      try {
        member.write(name, { opId, value }, settle);
      } catch (error) {
        onFailure(error);
        // It may have been started, so it is not refused.
        settle({ outcome: 'unknown' });
      }
    },
    read(name, done) {
      const problem = problemWithName(name);
      if (typeof name !== 'string' || problem !== undefined) return done(refused(400, problem));
      const settle = once(done);
      try {
        member.read(name, settle);
      } catch (error) {
        onFailure(error);
        settle({ outcome: 'unavailable' });
      }
    },
  };
}

function problemWithGivenOpId(opId: unknown): string | undefined {
  return problemWithOpId(opId) ?? (typeof opId === 'string' ? problemWithBlanksAround(opId) : undefined);
}

/** Lets the first call through. A member that threw may have answered before it did, or may yet. */
function once<Result>(done: (result: Result) => void): (result: Result) => void {
  let isDone = false;
  return (result) => {
    if (isDone) return;
    isDone = true;
    done(result);
  };
}

export function refused(code: number, error = 'The request is ill-formed.'): Refused {
  return { outcome: 'refused', code, error };
}

function problemWithSize(bytes: number, valueBytesMax: number, payloadBytesMax: number): string | undefined {
  const carriedMax = largestValueBytes(payloadBytesMax);
  const bytesMax = Math.min(valueBytesMax, carriedMax);
  if (bytes <= bytesMax) return undefined;
  const whose =
    carriedMax < valueBytesMax
      ? ` in messages of the ${payloadBytesMax} bytes that NATS carries: nothing was written. Raise max_payload of the NATS servers, or keep`
      : ': nothing was written. Keep';
  return `The value is ${bytes} bytes, and ${bytesMax} is the most${whose} the value elsewhere and write a reference to it.`;
}
