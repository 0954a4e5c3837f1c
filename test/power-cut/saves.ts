import type { Change } from '../../src/protocol/batch.ts';
import { type RegisterState, UNTOUCHED } from '../../src/protocol/register.ts';

/** The one register that every save changes. */
export const SHARED = 'shared';
/** A name that no save has. */
export const NEVER_SAVED = 'never.saved';

/** By turns: one small register, several that take some pages, one large value, and more than one commit has. */
const SHAPES = [
  { registers: 1, valueBytes: 50 },
  { registers: 5, valueBytes: 700 },
  { registers: 1, valueBytes: 9_000 },
  { registers: 70, valueBytes: 20 },
] as const;

/** What a save of this number saves of new registers: the same in every process. */
export function changesOf(save: number): Change[] {
  const { registers, valueBytes } = SHAPES[save % SHAPES.length] as (typeof SHAPES)[number];
  return Array.from({ length: registers }, (_, at) => {
    const name = `save.${save}.${at}`;
    return { name, before: UNTOUCHED, after: stateOf(save, Buffer.alloc(valueBytes, `${name} `)) };
  });
}

/** What a save of this number saves of the shared register. */
export function sharedState(save: number): RegisterState {
  return stateOf(save, Buffer.from(`of save ${save}`));
}

function stateOf(save: number, value: Uint8Array): RegisterState {
  const ballot = { round: save + 1, node: 'n1', incarnation: 1 };
  return { promised: ballot, accepted: { ballot, proposal: { opId: `op-${save}`, value } }, decided: false };
}
