import { onRequest } from '../src/protocol/acceptor.ts';
import type { Ballot } from '../src/protocol/ballot.ts';
import type { Opened, Opening, Reply, Request } from '../src/protocol/messages.ts';
import { isSettled, onReply, type Round, startRound } from '../src/protocol/proposer.ts';
import { type Accepted, type Proposal, type RegisterState, UNTOUCHED } from '../src/protocol/register.ts';
import { onOpened, outcomesOf, startOpening } from '../src/protocol/round-zero.ts';

/*
 * The two charts that a reader of the paper looks for, drawn by asking the rules: every request is put to every state that
 * an acceptor can get into with three ballots, and every reply to every round, and the arrows are what came of it.
 */

const NAME = 'r';
const MEMBERS = ['n1', 'n2', 'n3'] as const;
const BALLOTS = [1, 2, 3].map((round): Ballot => ({ round, node: 'n2', incarnation: 1 }));
const proposal = (opId: string): Proposal => ({ opId, value: new Uint8Array() });

/** `from --> to: label`, each once, in the order in which they were found. */
type Arrows = Set<string>;

/** The acceptor's state of one register: Paxos Made Simple §2.2, phases 1b and 2b, and §2.3. */
export function acceptorChart(): string {
  const arrows: Arrows = new Set();
  const requests = BALLOTS.flatMap((ballot, at): Request[] => [
    { type: 'prepare', name: NAME, ballot },
    { type: 'accept', name: NAME, ballot, proposal: proposal(`of ballot ${at}`) },
  ]);
  const seen = new Map([[keyOf(UNTOUCHED), UNTOUCHED]]);
  for (const state of seen.values()) {
    const decides = state.accepted === null ? [] : [state.accepted];
    const decided: Request[] = decides.map((decision) => ({ type: 'decide', name: NAME, decision }));
    for (const request of [...requests, ...decided]) {
      const verdict = onRequest(state, request);
      const label = `${request.type}${verdict.reply === null ? '' : ` / ${verdict.reply.type}`}`;
      arrows.add(`${kindOf(state)} --> ${kindOf(verdict.state)}: ${label}`);
      seen.set(keyOf(verdict.state), verdict.state);
    }
  }
  return diagram('untouched', arrows, ['decided']);
}

/** The rounds of one proposal: §2.2, phases 1a and 2a; round 0 begins in `accepting`. */
export function roundChart(): string {
  const arrows: Arrows = new Set();
  const [ballot, higher] = BALLOTS as [Ballot, Ballot];
  const held: Accepted = { ballot: { ...ballot, round: 0 }, proposal: proposal('held') };
  const replies: Reply[] = [
    { type: 'promised', name: NAME, ballot, accepted: null },
    { type: 'promised', name: NAME, ballot, accepted: held },
    { type: 'accepted', name: NAME, ballot },
    { type: 'rejected', name: NAME, ballot, promised: higher },
    { type: 'decided', name: NAME, decision: held },
  ];
  const votes = MEMBERS.flatMap((from) => replies.map((reply) => ({ from, reply })));
  const open: Round[] = [startRound(NAME, ballot, proposal('own')), startRound(NAME, ballot, null)];
  for (const round of open) {
    for (const { from, reply } of votes) {
      const next = onReply(round, from, reply, MEMBERS.length);
      if (next !== round && !isSettled(next)) open.push(next);
      if (next.phase !== round.phase) arrows.add(`${round.phase} --> ${next.phase}: ${reply.type}`);
    }
  }
  for (const arrow of roundZeroArrows(held)) arrows.add(arrow);
  return diagram('preparing', arrows, ['chosen', 'empty', 'beaten'], ['[*] --> accepting: round 0']);
}

/** What answers to an opening make of one of its writes. */
function roundZeroArrows(held: Accepted): string[] {
  const ballot: Ballot = { round: 0, node: 'n1', incarnation: 1 };
  const opening: Opening = { ballot, number: 1, writes: [{ name: NAME, proposal: proposal('own') }], chosen: [] };
  const answers: (readonly [label: string, refusals: Opened['refusals']])[] = [
    ['accepted', []],
    ['rejected', [{ type: 'rejected', name: NAME, ballot, promised: BALLOTS[0] as Ballot }]],
    ['decided', [{ type: 'decided', name: NAME, decision: held }]],
  ];
  return answers.flatMap(([label, refusals]) => {
    const votes = onOpened(startOpening(opening), 'n1', { number: 1, refusals: [] });
    const [outcome] = outcomesOf(onOpened(votes, 'n2', { number: 1, refusals }), MEMBERS.length);
    return outcome === undefined ? [] : [`accepting --> ${outcome.phase}: ${label}`];
  });
}

function kindOf({ accepted, decided, promised }: RegisterState): string {
  if (decided) return 'decided';
  if (accepted !== null) return 'accepted';
  return promised.round > 0 ? 'promised' : 'untouched';
}

function keyOf(state: RegisterState): string {
  return JSON.stringify([kindOf(state), state.promised.round, state.accepted?.ballot.round]);
}

function diagram(initial: string, arrows: Arrows, ends: readonly string[], more: readonly string[] = []): string {
  const lines = [`[*] --> ${initial}`, ...more, ...arrows, ...ends.map((end) => `${end} --> [*]`)];
  return ['stateDiagram-v2', ...lines.map((line) => `  ${line}`)].join('\n');
}
