/**
 * Says what in a value would come back from JSON as something else, such as "value.at is a Date"; undefined where nothing
 * would. What JSON can hold: null, booleans, text, finite numbers but -0, and arrays and plain objects of these.
 */
export function problemWithJson(value: unknown): string | undefined {
  return problemAt('value', value, new Set());
}

function problemAt(path: string, value: unknown, above: Set<object>): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      if (Object.is(value, -0)) return `${path} is -0`;
      return Number.isFinite(value) ? undefined : `${path} is ${value}`;
    case 'object':
      return value === null ? undefined : problemInside(path, value, above);
    case 'undefined':
      return `${path} is undefined`;
    default:
      return `${path} is a ${typeof value}`;
  }
}

function problemInside(path: string, value: object, above: Set<object>): string | undefined {
  if (above.has(value)) return `${path} is a part of itself`;
  above.add(value);
  const problem =
    problemWithKind(path, value) ??
    (Array.isArray(value) ? problemInArray(path, value, above) : problemInObject(path, value, above));
  above.delete(value);
  return problem;
}

/** Arrays and plain objects differ from all else by how many prototypes they have, also those of another realm. */
function problemWithKind(path: string, value: object): string | undefined {
  const isPlain = Array.isArray(value) ? prototypesOf(value) === 2 : prototypesOf(value) <= 1;
  if (!isPlain || Symbol.toStringTag in value) return `${path} is ${kindOf(value)}`;
  if ('toJSON' in value && typeof value.toJSON === 'function') return `${path} has a method toJSON`;
  const symbol = Object.getOwnPropertySymbols(value).find((key) =>
    Object.prototype.propertyIsEnumerable.call(value, key),
  );
  return symbol === undefined ? undefined : `${path} has ${String(symbol)} as a key`;
}

function problemInArray(path: string, array: readonly unknown[], above: Set<object>): string | undefined {
  for (let index = 0; index < array.length; index += 1) {
    const at = `${path}[${index}]`;
    const problem = index in array ? problemAt(at, array[index], above) : `${at} is missing`;
    if (problem !== undefined) return problem;
  }
  const named = Object.keys(array)[array.length];
  return named === undefined ? undefined : `${path} is an array with a property ${JSON.stringify(named)}`;
}

function problemInObject(path: string, value: object, above: Set<object>): string | undefined {
  for (const [key, member] of Object.entries(value)) {
    const at = /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
    const problem = problemAt(at, member, above);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function prototypesOf(value: object): number {
  let count = 0;
  for (let next = Object.getPrototypeOf(value); next !== null; next = Object.getPrototypeOf(next)) count += 1;
  return count;
}

function kindOf(value: object): string {
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === 'string' && name !== '' && name !== 'Object' ? `of class ${name}` : 'no plain object';
}
