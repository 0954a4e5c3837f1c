import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StateTable } from './table.ts';

const WIDTH = 3;

describe('the table of states', () => {
  it('knows exactly what was added, each once, in order and with where it came from', () => {
    const part = fc.nat({ max: 9 });
    fc.assert(
      fc.property(fc.array(fc.tuple(part, part, part), { maxLength: 300 }), (states) => {
        const table = new StateTable(WIDTH);
        const seen: string[] = [];
        states.forEach((state, index) => {
          const isNew = !seen.includes(state.join());
          expect(table.add(Int32Array.from(state), index - 1)).toBe(isNew);
          if (!isNew) return;
          seen.push(state.join());
          expect(table.parentOf(table.size - 1)).toBe(index - 1);
        });
        expect(Array.from({ length: table.size }, (_, index) => table.at(index).join())).toEqual(seen);
      }),
    );
  });

  it('loses nothing when it grows past its first chunk and its first slots', () => {
    const table = new StateTable(WIDTH);
    const states = 200_000;
    const stateOf = (index: number) => Int32Array.of(index % 7, index, -index);
    for (let index = 0; index < states; index += 1) table.add(stateOf(index), index - 1);
    expect(table.size).toBe(states);
    for (let index = 0; index < states; index += 997) {
      expect(table.add(stateOf(index), 0)).toBe(false);
      expect(table.at(index)).toEqual(stateOf(index));
      expect(table.parentOf(index)).toBe(index - 1);
    }
  });
});
