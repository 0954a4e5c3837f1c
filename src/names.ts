/** The longest name of a register, in bytes (every legal character is one byte). */
export const NAME_BYTES_MAX = 255;
/** The longest operation id, in characters. */
export const OP_ID_LENGTH_MAX = 64;

const NAME = /^[A-Za-z0-9_=/-]+(\.[A-Za-z0-9_=/-]+)*$/;
const OP_ID = /^[\x20-\x7e]+$/;
const MEMBER_ID = /^[A-Za-z0-9_-]{1,32}$/;
/** The tokens that follow the prefix in a subject, those of the next versions included. */
const VERBS: ReadonlySet<string> = new Set(['write', 'read', 'decided', 'batch']);
const PREFIX = /^[A-Za-z0-9-][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/;

/** What is wrong with a register's name, as a sentence that helps; undefined for a good one. */
export function problemWithName(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'A register needs a name: a string such as "orders.17".';
  if (name === '') return 'The name of the register is empty: give it 1 to 255 characters, such as "orders.17".';
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) {
    return `The name of the register is ${Buffer.byteLength(name)} bytes long: it may have at most ${NAME_BYTES_MAX}.`;
  }
  if (!NAME.test(name)) {
    return 'The name of the register is ill-formed: use dot-separated tokens of A-Z a-z 0-9 _ = / -, none of them empty, such as "orders.17".';
  }
  if (name.startsWith('_'))
    return 'Names that start with _ are reserved for the system: choose another first character.';
  return undefined;
}

/** What is wrong with an operation id; undefined for a good one. */
export function problemWithOpId(opId: unknown): string | undefined {
  if (typeof opId === 'string' && opId.length <= OP_ID_LENGTH_MAX && OP_ID.test(opId)) return undefined;
  return `The operation id is ill-formed: it is 1 to ${OP_ID_LENGTH_MAX} printable ASCII characters, or left out.`;
}

/** What is wrong with a member's id; undefined for a good one. */
export function problemWithMemberId(member: unknown): string | undefined {
  if (typeof member === 'string' && MEMBER_ID.test(member)) return undefined;
  return `${JSON.stringify(member)} cannot be the id of a member: use 1 to 32 of A-Z a-z 0-9 _ -, such as "n1".`;
}

/** What is wrong with a subject prefix; undefined for a good one. */
export function problemWithPrefix(prefix: unknown): string | undefined {
  if (typeof prefix === 'string' && prefix.length <= 64 && PREFIX.test(prefix)) return problemWithVerb(prefix);
  return `${JSON.stringify(prefix)} cannot be the subject prefix: use tokens of A-Z a-z 0-9 _ - joined by dots, not starting with _, such as "register".`;
}

/** With a verb in it, the subjects of one prefix would be those of registers under another: `register.write` under `register`. */
function problemWithVerb(prefix: string): string | undefined {
  const verb = prefix.split('.').find((token) => VERBS.has(token));
  if (verb === undefined) return undefined;
  return `${JSON.stringify(prefix)} cannot be the subject prefix: "${verb}" names what the service does with a register, so its subjects would be taken for those of another prefix. Choose one without write, read, decided and batch, such as "register.eu".`;
}
