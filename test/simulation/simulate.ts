import type { PeerMessage } from '../../src/ports.ts';
import { RULES } from '../../src/protocol/rules.ts';
import { Beside } from './beside.ts';
import { Client } from './client.ts';
import { Conduct } from './conduct.ts';
import { Dice } from './dice.ts';
import { checkHistory } from './history/check.ts';
import { type Call, formatCall, type Publication, type Violation } from './history/history.ts';
import { Host } from './host.ts';
import { Knowledge } from './knowledge.ts';
import type { Life } from './life.ts';
import { Nemesis } from './nemesis.ts';
import { Network } from './network.ts';
import { type Faults, NO_FAULTS, type Options } from './options.ts';
import { fits } from './sizes.ts';
import { Strangers } from './strangers.ts';
import { Timeline } from './timeline.ts';
import { Trace } from './trace.ts';
import { Votes } from './votes.ts';
import type { Mistake, World } from './world.ts';

/** What came of one run. */
export interface Run {
  readonly options: Options;
  readonly violations: readonly Violation[];
  readonly trace: Trace;
  readonly calls: readonly Call[];
  /** How often each fault struck. */
  readonly faults: ReadonlyMap<string, number>;
  readonly moments: number;
  readonly virtualMs: number;
}

const SHORT_WAY: ReadonlySet<PeerMessage['type']> = new Set(['open', 'opened', 'charge'] as const);

/** Faults go on for no longer than this; by then the clients are usually done. */
const FAULTY_MAX_MS = 60_000;
/** Once the faults have stopped, everything must be well within this: some operation timeouts, and what clocks jumped. */
const RECOVERY_MAX_MS = 20_000;
/** So long who is in charge must stay so. */
const STEADY_MS = 1_000;
/** So long may it take to read every register at every member. */
const AUDIT_MAX_MS = 60_000;

/** Runs a cluster through everything that its options bring, and checks all of it. Equal arguments give equal runs. */
export async function simulate(options: Options, mistake: Mistake = {}): Promise<Run> {
  const { tampering = {} } = mistake;
  const dice = new Dice(options.seed ^ 0x57e1e);
  const timeline = new Timeline();
  const trace = new Trace(() => timeline.nowMs);
  const violations: Violation[] = [];
  const calls: Call[] = [];
  const publications: Publication[] = [];
  const atMembers = new Map<Call, Life>();
  const struck = new Map<string, number>();
  let instant = 0;
  const hosts: Host[] = [];

  const flag = (violation: Violation) => {
    trace.note(`VIOLATION: ${violation.property}: ${violation.detail}`, { name: violation.register });
    violations.push(violation);
  };
  const flagLostDisk = (who: string) =>
    flag({ property: 'a disk that lost votes is refused', register: null, detail: who });
  const votes = new Votes(options.members, flag);
  const beside = new Beside(() => timeline.nowMs, options.settings.peerSilentMs, flag);
  const knowledge = new Knowledge(flag);
  const world: World & { faults: Faults; network: Network } = {
    options,
    faults: options.faults,
    rules: { ...RULES, ...mistake.rules },
    tampering,
    timeline,
    trace,
    hosts,
    votes,
    conduct: new Conduct(() => timeline.moments, flag),
    beside,
    knowledge,
    network: undefined as unknown as Network,
    count: (fault) => struck.set(fault, (struck.get(fault) ?? 0) + 1),
    flag,
    onSent: (life, to, message) => {
      if (message.type === 'open') life.votes.onNews(life, message.opening);
      checkSize(life, message);
      for (const other of to) onShortWay(life, other, message);
    },
    onAnswered: (life, to, answer, asked) => {
      knowledge.onAnswered(life, to, answer, asked);
      checkSize(life, answer);
      onShortWay(life, to.member, answer);
    },
    onHeard: (life, from, message, isAnswer) => {
      if (message.type === 'presence') beside.onHeard(life, from, message, isAnswer);
      knowledge.onHeard(life, from, message);
    },
    onCharge: () => {
      if (takers().length > 1) world.count('two in charge');
    },
    onForgot: (life, genuine) => {
      knowledge.onCrash(life, genuine);
      nemesis.withdrawCopies();
    },
    onLeft: (life, genuine) => knowledge.onLeave(life, genuine),
    onThrown: (life, error) =>
      flag({ property: 'nothing is thrown', register: null, detail: `${life}: ${(error as Error).stack}` }),
    // A member that never met the lost disk may note the new one, which counts for nothing as long as it is not enrolled.
    onPeerSaved: (disk, peer, { storeId, enrolled }) => {
      // A new store of five may note a member that has never met its own cluster's: of three, whoever is enrolled has met all.
      const canTell = disk.enrolled || options.members === 3;
      if (enrolled && canTell && isStrangers(storeId) !== isStrangers(disk.storeId)) {
        const detail = `${disk.storeId} remembers ${peer} by ${storeId}`;
        flag({ property: 'a stranger is not taken for a peer', register: null, detail });
      }
      if (!disk.isGenuine || !enrolled || !storeId.startsWith('wiped')) return;
      flagLostDisk(`${disk.member} took ${storeId} of ${peer} for enrolled`);
    },
    flagAdmitted: (disk) => flagLostDisk(`${disk.member} serves on ${disk.storeId}`),
    flagBeside: (life, register) =>
      flag({ property: 'no member serves beside another cluster', register, detail: `${life} carried out a request` }),
    publish: (by, register, decision) => publications.push({ at: instant++, member: by, register, decision }),
    invocation: (client, by, register) => ({
      id: calls.length + 1,
      client,
      member: by,
      register,
      invokedAt: instant++,
    }),
    begin: (call) => {
      calls.push(call);
      trace.note(`${formatCall(call)}`, { name: call.register });
    },
    finish: (call) => {
      call.returnedAt = instant++;
      trace.note(`${formatCall(call)}`, { name: call.register });
    },
    beginAt: (life, call) => {
      atMembers.set(call, life);
      return () => atMembers.delete(call);
    },
  };
  world.network = new Network(world, dice.fork());

  const names = Array.from({ length: options.members }, (_, index) => `n${index + 1}`);
  const owner = (member: string) => ({ cluster: 'simulated', member, members: names });
  for (const name of names) hosts.push(new Host(world, owner(name), votes, dice.fork()));
  for (const host of hosts) timeline.plan(dice.between(0, 50), () => host.start());
  const nemesis = new Nemesis(world, dice.fork());
  nemesis.start();
  function checkSize(life: Life, message: PeerMessage): void {
    if (fits(message, options.payloadBytesMax)) return;
    flag({ property: 'what cannot be cut fits into a payload', register: null, detail: `${life}: ${message.type}` });
  }
  function onShortWay(life: Life, to: string, { type }: PeerMessage): void {
    if (life.cluster === '' && SHORT_WAY.has(type)) nemesis.onShortWay([life.member, to]);
  }

  const { chargeSilentMs, probeDelayMs } = options.settings;
  // A question and its answer must not take longer than a member is given to answer it.
  const isSteady = chargeSilentMs - probeDelayMs > 2 * (0.2 + options.jitterMs);
  const takeOperation = registersOf(options, dice.fork());
  let working = options.clients;
  for (let index = 1; index <= options.clients; index += 1) {
    const client = new Client(world, `c${index}`, dice.fork());
    void client
      .work(() => (timeline.nowMs > FAULTY_MAX_MS ? undefined : takeOperation()))
      .then(() => {
        working -= 1;
      });
  }
  const strangers = new Strangers(world, dice.fork());
  strangers.start();
  await timeline.pass(FAULTY_MAX_MS, () => working === 0);

  strangers.stop();
  nemesis.stop();
  world.faults = NO_FAULTS;
  const isServing = () => hosts.every(({ isHealthy, state }) => isHealthy && state === 'serving');
  const recovered = await timeline.pass(
    timeline.nowMs + RECOVERY_MAX_MS,
    () => working === 0 && isServing() && stuck().length === 0 && isHomeInCharge(),
  );
  if (!recovered) {
    const states = hosts.map(({ member: name, state, disk }) => `${name} ${state} on ${disk.storeId}`).join(', ');
    const waiting = stuck().map(formatCall).join('; ');
    const detail = `${states}; ${takers()} in charge; ${working} clients at work; waiting: ${waiting}`;
    flag({ property: 'once faults stop, all recover and every operation settles', register: null, detail });
  }
  if (recovered) await changeCharge();
  await audit();
  for (const violation of checkHistory({ calls, publications })) flag(violation);
  return {
    options,
    violations,
    trace,
    calls,
    faults: struck,
    moments: timeline.moments,
    virtualMs: timeline.nowMs,
  };

  /** Calls that a living member has taken and not answered. */
  function stuck(): Call[] {
    return Array.from(atMembers)
      .filter(([, life]) => life.isAlive)
      .map(([call]) => call);
  }

  function takers(): string[] {
    return hosts.filter(({ takesWrites }) => takesWrites).map(({ member: name }) => name);
  }

  function isInCharge(name: string | undefined): boolean {
    const [first, ...others] = takers();
    return first === name && others.length === 0;
  }

  function isHomeInCharge(): boolean {
    return isInCharge(names[0]);
  }

  /** The home takes the writes and goes on doing so; while it is down its deputy does, and nobody else; then it does again. */
  async function changeCharge(): Promise<void> {
    const [home] = hosts;
    await expectInCharge(0, 'the home');
    home?.vanish();
    await expectInCharge(1, 'the deputy of a home that is down');
    home?.comeBack();
    await expectInCharge(0, 'the home that is back');
  }

  async function expectInCharge(place: number, who: string): Promise<void> {
    const isAlone = () => isInCharge(names[place]);
    const endMs = timeline.nowMs + RECOVERY_MAX_MS;
    while (await timeline.pass(endMs, isAlone)) {
      const isOver = isSteady && (await timeline.pass(timeline.nowMs + STEADY_MS, () => !isAlone()));
      if (!isOver) return;
    }
    const property = 'once faults stop, exactly one takes the writes: the home while it is up';
    flag({ property, register: null, detail: `${who} does not, or not alone: ${takers()}` });
  }

  /** Every register is read at every member, and one more is written at every member. */
  async function audit(): Promise<void> {
    const registers = [...new Set(calls.map(({ register }) => register))];
    const endMs = timeline.nowMs + AUDIT_MAX_MS;
    let auditing = hosts.length;
    for (const host of hosts) {
      const auditor = new Client(world, `auditor-of-${host.member}`, dice.fork());
      void auditor
        .audit(host, registers, () => timeline.nowMs > endMs)
        .then((failed) => {
          auditing -= 1;
          if (failed === undefined) return;
          const property = 'once faults stop, every register can be read and written';
          flag({ property, register: failed.register, detail: formatCall(failed) });
        });
    }
    await timeline.pass(endMs + RECOVERY_MAX_MS, () => auditing === 0);
  }
}

/** Whether a store is of the second cluster. */
function isStrangers(storeId: string): boolean {
  return storeId.includes('of-x.');
}

/**
 * Which register the next operation is about: one of a few hot ones, that move on all at once, so that some are new to
 * everyone at the same time; or now and then one of the past.
 */
function registersOf({ operations, registers, hotRegisters }: Options, dice: Dice): () => string | undefined {
  let taken = 0;
  return () => {
    if (taken >= operations) return undefined;
    const blocks = Math.ceil(registers / hotRegisters);
    const newest = Math.floor((taken / operations) * blocks) * hotRegisters;
    taken += 1;
    const index = dice.chance(0.15)
      ? dice.below(Math.min(registers, newest + 1))
      : Math.min(registers - 1, newest + dice.below(hotRegisters));
    return `register.${index}`;
  };
}
