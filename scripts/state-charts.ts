import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AnyStateMachine, StateNode } from 'xstate';
import { acceptorMachine } from '../src/machines/acceptor.ts';
import { inChargeMachine } from '../src/machines/in-charge.ts';
import { memberMachine } from '../src/machines/member.ts';
import { proposerMachine } from '../src/machines/proposer.ts';
import { readerMachine } from '../src/machines/reader.ts';
import { acceptorChart, roundChart } from './paper-charts.ts';

const CHARTS: readonly (readonly [title: string, text: string, machine: AnyStateMachine])[] = [
  ['A member', 'The life of one process.', memberMachine],
  [
    'Acceptor',
    'One a member. It turns all that waits into one batch, one commit, and then the replies.',
    acceptorMachine,
  ],
  [
    'In charge',
    'One a member. Whoever is in charge subscribes to the subjects of writes, and NATS brings them there.',
    inChargeMachine,
  ],
  [
    'Proposer',
    'A few lanes a member. Each drives a batch of proposals through the phases, and then the next one.',
    proposerMachine,
  ],
  ['Reader', 'A few lanes a member. Each drives a batch of questions, and then the next one.', readerMachine],
];

type Node = StateNode;
type Transition = Node['transitions'] extends Map<string, (infer T)[]> ? T : never;

/** The state charts of all machines, as a page of Markdown with Mermaid diagrams, drawn from the machines themselves. */
export function stateCharts(): string {
  const sections = CHARTS.map(
    ([title, text, machine]) =>
      `## ${title}\n${text}${inEveryState(machine)}\n\n\`\`\`mermaid\n${diagramOf(machine)}\n\`\`\`\n`,
  );
  return `# State charts
Drawn by \`npm run charts\`; a test fails when they differ from the code.

## An acceptor and one register
Paxos Made Simple §2.2 and §2.3, drawn by putting every request to \`protocol/acceptor.ts\`. A label is the request, and the reply after
a slash. Whatever changes is on the disk before the reply leaves.

\`\`\`mermaid
${acceptorChart()}
\`\`\`

## The rounds of one proposal
Drawn by putting every reply to \`protocol/proposer.ts\` and \`protocol/round-zero.ts\`. A label is the reply that made a majority, or that
settled it alone. A register that is beaten begins another round, at a higher ballot.

\`\`\`mermaid
${roundChart()}
\`\`\`

# The machines
Drawn from \`src/machines/\`: they say in which order things are done, for batches of registers. A label is the event (or the time that
passed), the guard in brackets, and the actions after a slash.

${sections.join('\n')}`;
}

function diagramOf({ root }: AnyStateMachine): string {
  const nodes = Object.values(root.states) as Node[];
  const lines = [...root.initial.target.map(({ key }) => `[*] --> ${key}`)];
  for (const node of nodes) {
    for (const action of node.entry.filter(isNamed)) lines.push(`${node.key}: on entry ${nameOf(action)}`);
    for (const transition of transitionsOf(node)) lines.push(...arrowsOf(node.key, transition));
    if (node.type === 'final') lines.push(`${node.key} --> [*]`);
  }
  for (const transition of transitionsOf(root).filter(({ target }) => target !== undefined)) {
    for (const { key, type } of nodes) if (type !== 'final') lines.push(...arrowsOf(key, transition));
  }
  const notes = nodes
    .filter(({ description }) => description !== undefined)
    .map(({ key, description }) => `note right of ${key}: ${description}`);
  return ['stateDiagram-v2', ...[...lines, ...notes].map((line) => `  ${line}`)].join('\n');
}

/** Transitions of the whole machine that lead nowhere: they would be a loop at every state. */
function inEveryState({ root }: AnyStateMachine): string {
  const labels = transitionsOf(root)
    .filter(({ target }) => target === undefined)
    .map((transition) => `\`${labelOf(transition)}\``);
  return labels.length === 0 ? '' : ` In every state: ${labels.join(', else ')}.`;
}

function transitionsOf(node: Node): Transition[] {
  return [...(node.always ?? []), ...[...node.transitions.values()].flat()];
}

function arrowsOf(from: string, transition: Transition): string[] {
  const label = labelOf(transition);
  const to = transition.target?.map(({ key }) => key) ?? [from];
  return to.map((key) => `${from} --> ${key}${label === '' ? '' : `: ${label}`}`);
}

function labelOf({ eventType, guard, actions }: Transition): string {
  const does = actions.length > 0 && `/ ${actions.map(nameOf).join(', ')}`;
  return [eventName(eventType), guard && `[${nameOf(guard)}]`, does].filter(Boolean).join(' ');
}

function eventName(eventType: string): string {
  const [, delay] = /^xstate\.after\.(.+?)\./.exec(eventType) ?? [];
  if (delay !== undefined) return `after ${delay}`;
  const [, outcome] = /^xstate\.(done|error)\.actor\./.exec(eventType) ?? [];
  return outcome ?? eventType;
}

/** XState adds actions of its own, to start the timers of a state: they have no name. */
function isNamed(action: unknown): boolean {
  return typeof action !== 'function';
}

function nameOf(item: unknown): string {
  if (typeof item === 'object' && item !== null && 'type' in item) return String(item.type);
  return String(item);
}

const [, script] = process.argv;
if (script === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../docs/STATE-CHARTS.md', import.meta.url), stateCharts());
}
