import { problemWithName, problemWithOpId } from '../names.ts';
import type { ReadResult, Refused, WriteResult } from '../outcomes.ts';
import type { Proposal } from '../protocol/register.ts';
import type { MemberStatus } from '../status.ts';

/** What the service needs of a member. It is handed only names and operation ids that are well-formed. */
export interface MemberApi {
  write(name: string, proposal: Proposal): Promise<WriteResult>;
  read(name: string): Promise<ReadResult>;
  status(): MemberStatus;
}

export interface Written {
  readonly result: WriteResult;
  /** The operation's id; undefined where it was refused before it had one. */
  readonly opId: string | undefined;
}

/** A write as a request states it. Name and operation id have not been looked at. */
export interface WriteRequest {
  readonly name: unknown;
  readonly value: Uint8Array;
  /** Undefined for one that the service is to make up. */
  readonly opId: unknown;
}

/** The two operations, the same for both forms of a request. Neither ever rejects. */
export interface Operations {
  write(request: WriteRequest): Promise<Written>;
  read(name: unknown): Promise<ReadResult>;
}

export interface OperationsOptions {
  readonly member: MemberApi;
  /** The largest value, now: it depends on the NATS server. */
  readonly valueBytesMax: () => number;
  readonly newOpId: () => string;
  /** Told of what the member threw. */
  readonly onFailure: (error: unknown) => void;
}

export function createOperations({ member, valueBytesMax, newOpId, onFailure }: OperationsOptions): Operations {
  return {
    async write({ name, value, opId = newOpId() }) {
      const nameProblem = problemWithName(name);
      if (typeof name !== 'string' || nameProblem !== undefined) return refusedWrite(refused(400, nameProblem));
      const opIdProblem = problemWithOpId(opId);
      if (typeof opId !== 'string' || opIdProblem !== undefined) return refusedWrite(refused(400, opIdProblem));
      if (value.length > valueBytesMax()) return refusedWrite(tooLarge(value.length, valueBytesMax()));
      try {
        return { result: await member.write(name, { opId, value }), opId };
      } catch (error) {
        onFailure(error);
        // It may have been started, so it is not refused.
        return { result: { outcome: 'unknown' }, opId };
      }
    },
    async read(name) {
      const problem = problemWithName(name);
      if (typeof name !== 'string' || problem !== undefined) return refused(400, problem);
      try {
        return await member.read(name);
      } catch (error) {
        onFailure(error);
        return { outcome: 'unavailable' };
      }
    },
  };
}

export function refused(code: number, error = 'The request is ill-formed.'): Refused {
  return { outcome: 'refused', code, error };
}

function refusedWrite(result: Refused): Written {
  return { result, opId: undefined };
}

function tooLarge(bytes: number, bytesMax: number): Refused {
  return refused(
    413,
    `The value is ${bytes} bytes, and ${bytesMax} is the most: nothing was written. Keep the value elsewhere and write a reference to it.`,
  );
}
