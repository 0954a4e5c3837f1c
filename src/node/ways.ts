import type { Emit } from '../events.ts';
import type { Ports } from '../ports.ts';
import type { Ballot, MemberId } from '../protocol/ballot.ts';
import type { Decide } from '../protocol/messages.ts';
import { Rounds } from '../protocol/rounds.ts';
import { Handovers } from './handovers.ts';
import { batchLimits } from './limits.ts';
import type { Messenger } from './messenger.ts';
import { Openings } from './openings.ts';
import type { Peers } from './peers.ts';
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
  readonly peers: Peers;
  readonly taken: TakenOpenings;
  /** That of this life's openings. */
  readonly ballot: Ballot;
  /** Told what a home said was decided. */
  readonly learn: (decides: readonly Decide[]) => void;
  readonly onStoreFailed: (error: unknown) => void;
  readonly onBroken: (error: unknown) => void;
}

/** Wires the three ways on which a write gets decided: opened here, handed to its home, or in rounds of both phases. */
export function waysOf(options: WaysOptions, writes: Writes): Ways {
  const { settings, ports, emit, messenger, peers, taken, ballot, learn, onStoreFailed, onBroken } = options;
  const { store, transport, clock } = ports;
  const { member: self, members, incarnation } = store.identity;
  const shared = { settings, members: members.length, clock, emit, onBroken };
  const openings = new Openings({
    ...shared,
    limits: batchLimits(settings, transport, settings.openingsInFlightMax),
    members,
    ballot,
    store,
    ask: messenger.open.bind(messenger),
    tell: (news) => messenger.tellNews(news),
    conclude: writes.conclude,
    onChosen: (number) => taken.chooseOwn({ ballot }, number),
    onTouched: (task, state) => writes.goOnFrom(task, state),
    onStoreFailed,
  });
  const handovers = new Handovers({
    ...shared,
    limits: batchLimits(settings, transport, settings.handoversInFlightMax),
    handOver: messenger.handOver.bind(messenger),
    isUp: (member: MemberId) => peers.isUp(member),
    silentMs: (member: MemberId) => peers.silentMs(member),
    onFound: learn,
    onLeft: (task) => writes.goOnInRounds(task),
  });
  const proposals = new Proposals({
    ...shared,
    rounds: new Rounds(self, incarnation),
    ask: messenger.ask,
    conclude: writes.conclude,
  });
  return { openings, handovers, proposals };
}
