import type { Change } from './batch.ts';

/**
 * What one step of a role wants done. What is in `send` and `answer` rests on what is in `save`, so none of it may leave before
 * that is on the disk: Paxos Made Simple §2.5, an acceptor records its response in stable storage before it sends it.
 */
export interface Ready<Send = never, Answer = never> {
  /** Registers that the step changed: all of them go to the disk in one commit. */
  readonly save: readonly Change[];
  /** Messages to everyone. */
  readonly send: readonly Send[];
  /** Replies to those who asked. */
  readonly answer: readonly Answer[];
}

/** Whether the answers of a step may leave: once what they rest on is saved. */
export function mayLeave({ save }: Pick<Ready, 'save'>, isSaved: boolean): boolean {
  return isSaved || save.length === 0;
}
