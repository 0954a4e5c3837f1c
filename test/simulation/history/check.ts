import { GUARANTEES } from './guarantees.ts';
import type { Call, History, Publication, Violation } from './history.ts';
import { checkLinearizable } from './linearizable.ts';

interface Register {
  readonly calls: Call[];
  readonly publications: Publication[];
}

/** Every property of a history that does not hold; none where it is as promised. */
export function checkHistory({ calls, publications }: History): Violation[] {
  const registers = new Map<string, Register>();
  const of = (name: string): Register => {
    const register = registers.get(name) ?? { calls: [], publications: [] };
    registers.set(name, register);
    return register;
  };
  for (const call of calls) of(call.register).calls.push(call);
  for (const publication of publications) of(publication.register).publications.push(publication);
  return Array.from(registers, ([name, register]) => [
    ...GUARANTEES.flatMap((check) => check(name, register.calls, register.publications)),
    ...checkLinearizable(name, register.calls),
  ]).flat();
}
