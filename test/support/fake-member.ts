import type { ReadResult, WriteResult } from '../../src/contract/outcomes.ts';
import type { MemberStatus } from '../../src/contract/status.ts';
import type { MemberApi } from '../../src/nats/service/operations.ts';
import { type Decision, type Proposal, sameProposal } from '../../src/protocol/register.ts';

export interface SeenWrite {
  readonly name: string;
  readonly opId: string;
  readonly value: Buffer;
}

/** A whole cluster in a map: the first write of a register is its value. Answers can be put in the way of it. */
export class FakeMember implements MemberApi {
  readonly decisions = new Map<string, Decision>();
  readonly writes: SeenWrite[] = [];
  readonly reads: string[] = [];
  /** What the next writes come to, in place of being carried out; functions may throw. */
  readonly nextWrites: (() => WriteResult | Promise<WriteResult>)[] = [];
  readonly nextReads: (() => ReadResult | Promise<ReadResult>)[] = [];
  /** How often it answers each request: a member does so once. */
  answersEach = 1;
  /** Whether a write whose answer is in `nextWrites` is carried out all the same. */
  carriesOut = false;
  /** How many peers it speaks of in its status, each as wordy as one can be. */
  peers = 0;

  write(name: string, proposal: Proposal, done: (result: WriteResult) => void): void {
    this.writes.push({ name, opId: proposal.opId, value: Buffer.from(proposal.value) });
    const instead = this.nextWrites.shift();
    if (instead !== undefined && this.carriesOut) this.#decide(name, proposal);
    this.#answer(instead === undefined ? this.#decide(name, proposal) : instead(), done);
  }

  read(name: string, done: (result: ReadResult) => void): void {
    this.reads.push(name);
    const decision = this.decisions.get(name);
    const result: ReadResult = decision === undefined ? { outcome: 'empty' } : { outcome: 'decided', decision };
    this.#answer(this.nextReads.shift()?.() ?? result, done);
  }

  /** Makes a register hold a value. */
  hold(name: string, value: string | Uint8Array, opId = 'earlier'): void {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    this.#decide(name, { opId, value: bytes });
  }

  status(): MemberStatus {
    return {
      cluster: 'test',
      member: 'n1',
      members: ['n1', 'n2', 'n3'],
      state: 'serving',
      takesWrites: true,
      incarnation: 7,
      storeId: 'store-of-n1',
      registers: this.decisions.size,
      commits: this.writes.length,
      pending: 0,
      clash: null,
      peers: Array.from({ length: this.peers }, (_, index) => ({
        member: `${index}`.padEnd(32, 'n'),
        up: false,
        incarnation: 999_999_999_999_999,
        silentMs: 999_999_999_999_999.9,
      })),
    };
  }

  /** At once where the answer is known, as a member does. */
  #answer<Result>(result: Result | Promise<Result>, done: (result: Result) => void): void {
    const answer = (settled: Result) => {
      for (let times = 0; times < this.answersEach; times += 1) done(settled);
    };
    if (result instanceof Promise) void result.then(answer);
    else answer(result);
  }

  #decide(name: string, proposal: Proposal): WriteResult {
    const known = this.decisions.get(name);
    const decision = known ?? { ballot: { round: 3, node: 'n1', incarnation: 7 }, proposal };
    this.decisions.set(name, decision);
    return { outcome: sameProposal(decision.proposal, proposal) ? 'won' : 'lost', decision };
  }
}
