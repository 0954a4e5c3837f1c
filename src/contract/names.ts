import { encodingsOf, firstNotAllowed } from '../characters.ts';

/** The longest name of a register, in bytes (every legal character is one byte). */
export const NAME_BYTES_MAX = 255;
/** The longest operation id, in characters. */
export const OP_ID_LENGTH_MAX = 64;
/** The longest id of a member, in characters. */
const MEMBER_ID_LENGTH_MAX = 32;

const NAME = /^[A-Za-z0-9_=/-]+(\.[A-Za-z0-9_=/-]+)*$/;
const OP_ID = /^[\x20-\x7e]+$/;
const MEMBER_ID = /^[A-Za-z0-9_-]{1,32}$/;
/** The tokens that follow the prefix in a subject, those of the next versions included. */
const VERBS: ReadonlySet<string> = new Set(['write', 'read', 'decided', 'batch']);
const PREFIX = /^[A-Za-z0-9-][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/;

const IN_NAME = /[A-Za-z0-9_=/.-]/;
const IN_OP_ID = /[\x20-\x7e]/;
const IN_TOKEN = /[A-Za-z0-9_-]/;
const IN_PREFIX = /[A-Za-z0-9_.-]/;

/** Says in a sentence what is wrong with a register's name; undefined for a good one. */
export function problemWithName(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'A register needs a name: a string such as "orders.17".';
  // The usual case first: this is asked of every request.
  if (name.length <= NAME_BYTES_MAX && NAME.test(name) && !name.startsWith('_')) return undefined;
  if (name === '') return 'The name of the register is empty: give it 1 to 255 characters, such as "orders.17".';
  const bytes = Buffer.byteLength(name);
  if (bytes > NAME_BYTES_MAX) {
    return `The name of the register is ${bytes} bytes long: it may have at most ${NAME_BYTES_MAX}. A hash of it, such as its SHA-256 in hex, is a name that fits.`;
  }
  const way = wayOut(name, NAME_BYTES_MAX);
  if (!NAME.test(name)) {
    return `The name of the register is ill-formed: ${faultIn(name)}. Use dot-separated tokens of A-Z a-z 0-9 _ = / -, none of them empty, such as "orders.17"; case matters.${way}`;
  }
  return `Names that start with _ are reserved for the system: choose another first character.${way}`;
}

/** Says what is wrong with an operation id; undefined for a good one. */
export function problemWithOpId(opId: unknown): string | undefined {
  if (typeof opId === 'string' && opId.length <= OP_ID_LENGTH_MAX && OP_ID.test(opId)) return undefined;
  return `The operation id is ill-formed: ${faultInOpId(opId)}. It is 1 to ${OP_ID_LENGTH_MAX} printable ASCII characters, or left out; case matters.${wayOut(opId, OP_ID_LENGTH_MAX)}`;
}

/** Says what is wrong with a well-formed operation id that a request brings; undefined for one that every form of request can carry. */
export function problemWithBlanksAround(opId: string): string | undefined {
  if (opId === opId.trim()) return undefined;
  return `The operation id ${JSON.stringify(opId)} begins or ends with a blank, which a header does not keep: leave it out.`;
}

/** Says what is wrong with a member's id; undefined for a good one. */
export function problemWithMemberId(member: unknown): string | undefined {
  if (typeof member === 'string' && MEMBER_ID.test(member)) return undefined;
  return `${JSON.stringify(member)} cannot be the id of a member${because(member, IN_TOKEN)}: use 1 to ${MEMBER_ID_LENGTH_MAX} of A-Z a-z 0-9 _ -, such as "n1"; case matters.`;
}

/** Says what is wrong with a subject prefix; undefined for a good one. */
export function problemWithPrefix(prefix: unknown): string | undefined {
  if (typeof prefix === 'string' && prefix.length <= 64 && PREFIX.test(prefix)) return problemWithVerb(prefix);
  return `${JSON.stringify(prefix)} cannot be the subject prefix${because(prefix, IN_PREFIX)}: use tokens of A-Z a-z 0-9 _ - joined by dots, not starting with _, such as "register".`;
}

/** Why a name is ill-formed: a character, or a dot where none can be. */
function faultIn(name: string): string {
  const character = firstNotAllowed(name, IN_NAME);
  if (character !== undefined) {
    const isWildcard = /^"[*>]"/.test(character);
    return `it has ${character}, which ${isWildcard ? 'is a wildcard of NATS and ' : ''}no name may have`;
  }
  if (name.startsWith('.')) return 'it begins with a dot';
  if (name.endsWith('.')) return 'it ends with a dot';
  return `it has two dots in a row (character ${name.indexOf('..') + 1})`;
}

function faultInOpId(opId: unknown): string {
  if (typeof opId !== 'string') return `it is ${opId === null ? 'null' : `of type ${typeof opId}`}, not a string`;
  if (opId === '') return 'it is empty';
  if (opId.length > OP_ID_LENGTH_MAX) return `it has ${opId.length} characters`;
  const character = firstNotAllowed(opId, IN_OP_ID);
  return `it has ${character}`;
}

function because(text: unknown, allowed: RegExp): string {
  if (typeof text !== 'string' || text.length > NAME_BYTES_MAX) return '';
  const character = firstNotAllowed(text, allowed);
  return character === undefined ? '' : `, for it has ${character}`;
}

/** How to say the same in allowed characters. */
function wayOut(text: unknown, lengthMax: number): string {
  const examples = typeof text === 'string' ? encodingsOf(text, lengthMax) : undefined;
  return examples === undefined ? '' : ` Any text fits once it is encoded, as ${examples}.`;
}

/** With a verb in it, the subjects of one prefix would be those of registers under another: `register.write` under `register`. */
function problemWithVerb(prefix: string): string | undefined {
  const verb = prefix.split('.').find((token) => VERBS.has(token));
  if (verb === undefined) return undefined;
  return `${JSON.stringify(prefix)} cannot be the subject prefix: "${verb}" names what the service does with a register, so its subjects would be taken for those of another prefix. Choose one without write, read, decided and batch, such as "register.eu".`;
}
