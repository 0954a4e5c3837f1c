import { expect, test } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { openerMachine } from '../../src/machines/opener.ts';
import type { Opened, Opening } from '../../src/protocol/messages.ts';
import { ballot, proposal } from '../support/sample.ts';

const OPENING: Opening = {
  ballot: ballot(0, 'n1'),
  number: 3,
  writes: [
    { name: 'a', proposal: proposal('v') },
    { name: 'b', proposal: proposal('w') },
  ],
  chosen: [],
};

/** The opener of n1, one of three members. */
function world() {
  const asked: Opening[] = [];
  const clock = new SimulatedClock();
  const actor = createActor(openerMachine, {
    clock,
    input: { opening: OPENING, members: 3, phaseTimeoutMs: 400, ask: (opening) => asked.push(opening) },
  }).start();
  const hear = (from: string, refusals: Opened['refusals'] = [], number = 3) =>
    actor.send({ type: 'OPENED', from, opened: { number, refusals } });
  const phases = () => actor.getSnapshot().output?.outcomes.map(({ name, phase }) => `${name} ${phase}`);
  return { actor, asked, clock, hear, phases };
}

test('one question, and a majority with the home in it: the whole batch is chosen', () => {
  const { actor, asked, hear, phases } = world();
  hear('n1');
  expect(actor.getSnapshot().value).toBe('opening');
  hear('n3');
  expect(asked).toEqual([OPENING]);
  expect(phases()).toEqual(['a chosen', 'b chosen']);
});

test('a majority without the home is no quorum: it waits for the home', () => {
  const { actor, hear, phases } = world();
  hear('n2');
  hear('n3');
  expect(actor.getSnapshot().value).toBe('opening');
  hear('n1');
  expect(phases()).toEqual(['a chosen', 'b chosen']);
});

test('a home whose own vote does not come in time has got nothing chosen, whoever else accepted', () => {
  const { clock, hear, phases } = world();
  hear('n2');
  hear('n3');
  clock.increment(399);
  expect(phases()).toBeUndefined();
  clock.increment(1);
  expect(phases()).toEqual(['a beaten', 'b beaten']);
});

test('a write that was refused leaves the others alone, and says above which ballot to go on', () => {
  const { actor, hear, phases } = world();
  hear('n1');
  hear('n2', [{ type: 'rejected', name: 'a', ballot: OPENING.ballot, promised: ballot(2, 'n3') }]);
  expect(phases()).toEqual(['a beaten', 'b chosen']);
  expect(actor.getSnapshot().output?.outcomes[0]).toMatchObject({ highest: ballot(2, 'n3') });
});

test('a register that somebody knows to be decided is that, and was not chosen here', () => {
  const { actor, hear } = world();
  const decision = { ballot: ballot(1, 'n2'), proposal: proposal('x') };
  hear('n1');
  hear('n3', [{ type: 'decided', name: 'b', decision }]);
  expect(actor.getSnapshot().output?.outcomes[1]).toEqual({ phase: 'chosen', name: 'b', decision, here: false });
});

test('an answer that comes twice, or to another opening, counts for nothing', () => {
  const { actor, hear } = world();
  hear('n1');
  hear('n1');
  hear('n2', [], 2);
  expect(actor.getSnapshot().value).toBe('opening');
});
