import type { Emit } from '../events.ts';
import type { Ports } from '../ports.ts';
import type { Ballot } from '../protocol/ballot.ts';
import { Rounds } from '../protocol/rounds.ts';
import { batchLimits } from './limits.ts';
import type { Messenger } from './messenger.ts';
import { Openings } from './openings.ts';
import { Proposals } from './proposals.ts';
import type { Settings } from './settings.ts';
import type { TakenOpenings } from './taken.ts';
import type { Ways, Writes } from './writes.ts';

/** The parts of a member that its ways of writing are made of. */
export interface WaysOptions {
  readonly settings: Settings;
  readonly ports: Ports;
  readonly emit: Emit;
  readonly messenger: Messenger;
  readonly taken: TakenOpenings;
  /** That of this life's openings. */
  readonly ballot: Ballot;
  readonly onStoreFailed: (error: unknown) => void;
  readonly onBroken: (error: unknown) => void;
}

/** Wires the two ways on which a write gets decided: opened, at the home, or in rounds of both phases. */
export function waysOf(options: WaysOptions, writes: Writes): Ways {
  const { settings, ports, emit, messenger, taken, ballot, onStoreFailed, onBroken } = options;
  const { store, transport, clock } = ports;
  const { member: self, members, incarnation } = store.identity;
  const shared = { settings, members: members.length, clock, emit, onBroken };
  const openings = new Openings({
    ...shared,
    limits: batchLimits(settings, transport, settings.openingsInFlightMax),
    ballot,
    store,
    ask: messenger.open.bind(messenger),
    tell: (news) => messenger.tellNews(news),
    conclude: writes.conclude,
    onChosen: (number) => taken.chooseOwn({ ballot }, number),
    onTouched: (task, state) => writes.goOnFrom(task, state),
    onStoreFailed,
  });
  const proposals = new Proposals({
    ...shared,
    rounds: new Rounds(self, incarnation),
    ask: messenger.ask,
    conclude: writes.conclude,
  });
  return { openings, proposals };
}
