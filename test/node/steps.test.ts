import { afterEach, expect, test, vi } from 'vitest';
import { acceptorMachine } from '../../src/machines/acceptor.ts';
import { inChargeMachine } from '../../src/machines/in-charge.ts';
import { memberMachine } from '../../src/machines/member.ts';
import { proposerMachine } from '../../src/machines/proposer.ts';
import { readerMachine } from '../../src/machines/reader.ts';
import { Cluster } from './cluster.ts';

const MACHINES = [acceptorMachine, proposerMachine, readerMachine, inChargeMachine, memberMachine];

afterEach(() => vi.restoreAllMocks());

/** Counts the steps of all machines, and the actors that are made, from now on. */
function counted(): { steps: () => number; actors: () => number } {
  const steps = MACHINES.map((machine) => vi.spyOn(machine, 'transition'));
  const actors = MACHINES.map((machine) => vi.spyOn(machine, 'getInitialSnapshot'));
  const sum = (spies: readonly { mock: { calls: readonly unknown[] } }[]) =>
    spies.reduce((all, { mock }) => all + mock.calls.length, 0);
  return { steps: () => sum(steps), actors: () => sum(actors) };
}

// A step makes one snapshot, unless a state is passed through or something is assigned on the way: the next test holds that.
test('a lone write costs eleven steps in a cluster of three, and makes no actor', async () => {
  const cluster = new Cluster();
  await cluster.start();
  const { steps, actors } = counted();
  const answer = cluster.write('n1', 'r', 'v');
  await cluster.clock.pass(10);
  expect(answer.result).toMatchObject({ outcome: 'won' });
  // Three at each acceptor, and two at the home's proposer.
  expect(steps()).toBe(11);
  expect(actors()).toBe(0);
});

test('no machine on the way of a batch passes through a state, or assigns', () => {
  for (const { root, implementations } of [acceptorMachine, proposerMachine, readerMachine]) {
    const nodes = Object.values(root.states);
    const transitions = nodes.flatMap((node) => [...node.transitions.values()].flat());
    const inline = [
      ...nodes.flatMap(({ entry, exit }) => [...entry, ...exit]),
      ...transitions.flatMap((one) => one.actions),
    ];
    expect(nodes.flatMap(({ always }) => always ?? [])).toEqual([]);
    for (const action of [...inline, ...Object.values(implementations.actions)]) {
      expect(action).not.toHaveProperty('type', 'xstate.assign');
    }
  }
});
