import { ENTRIES_MAX, Malformed, NUMBER_MAX } from './malformed.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** How one kind of thing is written and read: one declaration gives both. Whatever `read` gives, `put` can write. */
export interface Codec<T> {
  put(out: Writer, value: T): void;
  /** @throws Malformed for anything that `put` does not write. */
  read(from: Reader): T;
}

type Fields<T> = { readonly [K in keyof T]-?: Codec<T[K]> };
type Variants<T extends { readonly type: string }> = {
  readonly [K in T['type']]: readonly [code: number, fields: Fields<Omit<Extract<T, { readonly type: K }>, 'type'>>];
};
type AnyCodec = Codec<unknown>;

/** A whole number from `min` on. */
export function whole(min: number, what: string): Codec<number> {
  return {
    put: (out, value) => out.number(value),
    read: (from) => {
      const value = from.number();
      if (value < min) throw new Malformed(`${what} is not a whole number from ${min} to ${NUMBER_MAX}`);
      return value;
    },
  };
}

/** One of a few constants, written as its place in the list: only ever add to its end. */
export function oneOf<T>(what: string, ...values: readonly T[]): Codec<T> {
  return {
    put: (out, value) => out.number(values.indexOf(value)),
    read: (from) => {
      const place = from.number();
      if (place >= values.length) throw new Malformed(`${what} is of no known kind`);
      return values[place] as T;
    },
  };
}

export function flag(what: string): Codec<boolean> {
  return oneOf(what, false, true);
}

/** A list of up to `max` entries, after a number that counts them. */
export function list<T>(entry: Codec<T>, what: string, max = ENTRIES_MAX): Codec<readonly T[]> {
  const check = (count: number) => {
    if (count > max) throw new Malformed(`there are ${count} ${what}, and ${max} is the most`);
    return count;
  };
  return {
    put: (out, entries) => {
      out.number(check(entries.length));
      for (const one of entries) entry.put(out, one);
    },
    read: (from) => {
      const entries: T[] = [];
      for (let left = check(from.number()); left > 0; left -= 1) entries.push(entry.read(from));
      return entries;
    },
  };
}

/** Entries up to the end of the record; the last field of it. Each entry begins with a number. */
export function rest<T>(entry: Codec<T>): Codec<readonly T[]> {
  return {
    put: (out, entries) => {
      for (const one of entries) entry.put(out, one);
    },
    read: (from) => {
      const entries: T[] = [];
      while (from.hasMore) {
        if (entries.length === ENTRIES_MAX) throw new Malformed(`it has more than ${ENTRIES_MAX} entries`);
        entries.push(entry.read(from));
      }
      return entries;
    },
  };
}

/** Something, or null. */
export function maybe<T>(inner: Codec<T>, what: string): Codec<T | null> {
  const isThere = flag(what);
  return {
    put: (out, value) => {
      isThere.put(out, value !== null);
      if (value !== null) inner.put(out, value);
    },
    read: (from) => (isThere.read(from) ? inner.read(from) : null),
  };
}

/** Narrows another codec to the values that keep a rule. */
export function where<T>(inner: Codec<T>, keeps: (value: T) => boolean, otherwise: string): Codec<T> {
  return {
    put: (out, value) => inner.put(out, value),
    read: (from) => {
      const value = inner.read(from);
      if (!keeps(value)) throw new Malformed(otherwise);
      return value;
    },
  };
}

/** Fields, in the order in which they are declared. */
export function struct<T extends object>(fields: Fields<T>): Codec<T> {
  const entries = Object.entries(fields) as [keyof T & string, AnyCodec][];
  return {
    put: (out, value) => {
      for (const [key, field] of entries) field.put(out, value[key]);
    },
    read: (from) => {
      const value: Record<string, unknown> = {};
      for (const [key, field] of entries) value[key] = field.read(from);
      return value as T;
    },
  };
}

/** One of several structs, told apart by `type`, which is written as a code: a code keeps its meaning for ever. */
export function tagged<T extends { readonly type: string }>(what: string, variants: Variants<T>): Codec<T> {
  interface Variant {
    readonly code: number;
    readonly type: string;
    readonly entries: readonly [string, AnyCodec][];
  }
  const byType = new Map<string, Variant>();
  const byCode: Variant[] = [];
  for (const [type, [code, fields]] of Object.entries(variants) as [string, [number, Record<string, AnyCodec>]][]) {
    const variant = { code, type, entries: Object.entries(fields) };
    byType.set(type, variant);
    byCode[code] = variant;
  }
  return {
    put: (out, value) => {
      const { code, entries } = byType.get(value.type) as Variant;
      out.number(code);
      for (const [key, field] of entries) field.put(out, (value as Record<string, unknown>)[key]);
    },
    read: (from) => {
      const variant = byCode[from.number()];
      if (variant === undefined) throw new Malformed(`${what} is of no known kind`);
      const value: Record<string, unknown> = { type: variant.type };
      for (const [key, field] of variant.entries) value[key] = field.read(from);
      return value as unknown as T;
    },
  };
}
