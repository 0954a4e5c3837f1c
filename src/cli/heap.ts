import { setFlagsFromString } from 'node:v8';

/** V8's name for how much a heap may grow past what was alive in it before the next look for garbage. */
export const GROWTH_FLAG = '--heap-growing-percent';
const GROWTH_PERCENT = 100;

/**
 * A member keeps some 20 MiB alive, and what passes through it dies soon. On a machine with much memory V8 is in no hurry to
 * collect that: it let the heap of a busy member grow to ten times as much. For a process of its own only: it holds for all of it.
 * Most flags of V8 must not be set while it runs. This one is a number that it looks up anew whenever it plans its next collection.
 */
export function boundHeapGrowth(): void {
  setFlagsFromString(`${GROWTH_FLAG}=${GROWTH_PERCENT}`);
}
