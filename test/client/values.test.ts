import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOfValue, EXACT_JSON, valueOfBytes } from '../../src/client/values.ts';
import { BadInputError } from '../../src/index.ts';

const write = (value: unknown) => bytesOfValue(EXACT_JSON, value);
const read = (bytes: Uint8Array) => valueOfBytes(EXACT_JSON, bytes);
const bytesOf = (text: string) => new TextEncoder().encode(text);

class Point {
  readonly x = 1;
}
const circle: Record<string, unknown> = {};
circle.self = { circle };
const sparse = [1, 2, 3];
delete sparse[1];
let deep: unknown = 1;
for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];

describe('a value that JSON does not give back as it is', () => {
  test.each([
    [Number.NaN, 'value is NaN'],
    [Number.POSITIVE_INFINITY, 'value is Infinity'],
    [Number.NEGATIVE_INFINITY, 'value is -Infinity'],
    [-0, 'value is -0'],
    [undefined, 'value is undefined'],
    [1n, 'value is a bigint'],
    [Symbol('s'), 'value is a symbol'],
    [() => 1, 'value is a function'],
    [new Map([[1, 2]]), 'value is of class Map'],
    [new Set([1]), 'value is of class Set'],
    [new WeakMap(), 'value is of class WeakMap'],
    [new Date(0), 'value is of class Date'],
    [new Date(Number.NaN), 'value is of class Date'],
    [/x/, 'value is of class RegExp'],
    [new Error('no'), 'value is of class Error'],
    [Promise.resolve(1), 'value is of class Promise'],
    [new URL('nats://a'), 'value is of class URL'],
    [new Number(1), 'value is of class Number'],
    [new String('a'), 'value is of class String'],
    [new Boolean(true), 'value is of class Boolean'],
    [new Point(), 'value is of class Point'],
    [Object.create({ inherited: 1 }), 'value is no plain object'],
    [Math, 'value is no plain object'],
    [JSON, 'value is no plain object'],
    [{ toJSON: () => 1 }, 'value has a method toJSON'],
    [{ a: { b: [1, { 'c d': Number.NaN }] } }, 'value.a.b[1]["c d"] is NaN'],
    [{ a: 1, note: undefined }, 'value.note is undefined'],
    [{ a: [undefined] }, 'value.a[0] is undefined'],
    [{ of: 12n }, 'value.of is a bigint'],
    [{ at: new Date(0) }, 'value.at is of class Date'],
    [{ data: Buffer.from('a') }, 'value.data is of class Buffer'],
    [{ data: new ArrayBuffer(1) }, 'value.data is of class ArrayBuffer'],
    [{ [Symbol('s')]: 1 }, 'value has Symbol(s) as a key'],
    [sparse, 'value[1] is missing'],
    [new Array(3), 'value[0] is missing'],
    [Object.assign([1], { more: 2 }), 'value is an array with a property "more"'],
    [/(a)/.exec('a'), 'value is an array with a property "index"'],
    [new (class Rows extends Array {})(), 'value is of class Rows'],
    [circle, 'value.self.circle is a part of itself'],
  ])('%o is refused, and the message says: %s', (value, problem) => {
    expect(() => write(value)).toThrow(BadInputError);
    expect(() => write(value)).toThrow(`${problem}, which JSON does not give back as it is. Nothing was sent`);
  });

  test('is refused as well where it is nested too deep', () => {
    expect(() => write(deep)).toThrow(BadInputError);
  });

  test('is refused where its members throw', () => {
    const hostile = {
      get member(): unknown {
        throw new Error('not today');
      },
    };
    expect(() => write(hostile)).toThrow(BadInputError);
    expect(() => write(hostile)).toThrow('not today');
  });
});

test.each([
  [null, 'null'],
  ['', '""'],
  ['\ud800', '"\\ud800"'],
  [{ '\udfff': 1 }, '{"\\udfff":1}'],
  [0.1, '0.1'],
  [Number.MAX_VALUE, '1.7976931348623157e+308'],
  [2 ** 64, '18446744073709552000'],
  [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  [JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
  [runInNewContext('({ a: [1, { b: null }] })'), '{"a":[1,{"b":null}]}'],
  [[circle.none ?? 1, [circle.none ?? 1]], '[1,[1]]'],
])('%o is written as %s and comes back', (value, text) => {
  expect(new TextDecoder().decode(write(value))).toBe(text);
  expect(JSON.stringify(read(bytesOf(text)))).toBe(text);
});

test('one object in two places is no circle', () => {
  const twice = { a: 1 };
  expect(read(write([twice, twice]))).toEqual([{ a: 1 }, { a: 1 }]);
});

test('whatever JSON can hold comes back as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      fc.pre(!hasMinusZero(value));
      expect(read(write(value))).toEqual(value);
    }),
  );
});

test('anything at all is refused, or comes back as it was', () => {
  fc.assert(
    fc.property(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withBoxedValues: true,
        withTypedArray: true,
        withNullPrototype: false,
        withSparseArray: true,
      }),
      (value) => {
        let bytes: Uint8Array;
        try {
          bytes = write(value);
        } catch (error) {
          expect(error).toBeInstanceOf(BadInputError);
          return;
        }
        if (ArrayBuffer.isView(value))
          expect(bytes).toEqual(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
        else expect(read(bytes)).toStrictEqual(value);
      },
    ),
  );
});

describe('bytes', () => {
  const buffer = Uint8Array.of(1, 2, 3, 4).buffer;
  test.each([
    ['an ArrayBuffer', buffer],
    ['a SharedArrayBuffer', shared([1, 2, 3, 4])],
    ['a DataView', new DataView(buffer)],
    ['a Buffer', Buffer.from(buffer)],
    ['an Int8Array', new Int8Array(buffer)],
    ['a Uint16Array', new Uint16Array(buffer)],
    ['a Float32Array', new Float32Array(buffer)],
    ['a Uint8Array of another realm', runInNewContext('Uint8Array.of(1, 2, 3, 4)')],
    ['an ArrayBuffer of another realm', runInNewContext('Uint8Array.of(1, 2, 3, 4).buffer')],
  ])('in %s are written as they are', (_what, value) => {
    expect(write(value)).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  test('of a part of a buffer are that part', () => {
    expect(write(new DataView(buffer, 1, 2))).toEqual(Uint8Array.of(2, 3));
    expect(write(new Uint16Array(buffer, 2, 1))).toEqual(Uint8Array.of(3, 4));
  });

  test('are copied: what becomes of the buffer changes nothing', () => {
    const mine = Uint8Array.of(1);
    const written = write(mine.buffer);
    mine[0] = 9;
    expect(written).toEqual(Uint8Array.of(1));
  });

  test.each([['ArrayBuffer'], ['Uint8Array']])(
    'that are gone, in a %s whose buffer was handed on, are refused',
    (kind) => {
      const view = Uint8Array.of(1, 2);
      const value = kind === 'ArrayBuffer' ? view.buffer : view;
      structuredClone(view.buffer, { transfer: [view.buffer] });
      expect(() => write(value)).toThrow(BadInputError);
    },
  );
});

describe('a JSON text', () => {
  test.each([
    ['12345678901234567890'],
    ['9007199254740993'],
    ['1e400'],
    ['-1e400'],
    ['1e-400'],
    ['0.1000000000000000055511151231257827'],
    ['{"id":12345678901234567890}'],
    ['[0,{"a":[1e400]}]'],
    ['{"a":1,"a":2}'],
    ['[{"b":{"a":1,"a":1}}]'],
    ['{"\\u0061":1,"a":1}'],
  ])('%s comes back as its bytes, for JavaScript would make another value of it', (text) => {
    expect(read(bytesOf(text))).toEqual(bytesOf(text));
  });

  test.each([
    ['1.0', 1],
    ['-0', -0],
    ['0e9999999999', 0],
    ['1E2', 100],
    ['0.10', 0.1],
    ['100e-2', 1],
    ['9007199254740992', 2 ** 53],
    ['18446744073709552000', 2 ** 64],
    [' {"a" : [ 1, 2.50 ] }\n', { a: [1, 2.5] }],
    ['{"b":1,"1":2}', { b: 1, 1: 2 }],
    ['"12345678901234567890 \\" : 1e400"', '12345678901234567890 " : 1e400'],
    ['"\\u00e9"', 'é'],
    ['{"\\\\":1}', { '\\': 1 }],
  ])('%s is read as its value', (text, value) => {
    expect(read(bytesOf(text))).toEqual(value);
  });

  test('is read also where it is nested deep, and is long', () => {
    const text = `${'['.repeat(50_000)}1.0${']'.repeat(50_000)}`;
    expect(Array.isArray(read(bytesOf(text)))).toBe(true);
    const long = `${'x'.repeat(5_000_000)}\\n`;
    expect(read(bytesOf(` "${long}"`))).toBe(`${'x'.repeat(5_000_000)}\n`);
  });
});

describe('a codec that was chosen', () => {
  const text = {
    encode: (value: unknown) => bytesOf(String(value)),
    decode: (bytes: Uint8Array) => new TextDecoder('utf-8', { fatal: true }).decode(bytes),
  };

  test('writes and reads values its own way', () => {
    expect(bytesOfValue(text, 12n)).toEqual(bytesOf('12'));
    expect(valueOfBytes(text, bytesOf('12345678901234567890'))).toBe('12345678901234567890');
  });

  test('that throws, or makes no bytes, refuses a value', () => {
    const broken = {
      encode: () => {
        throw new Error('cannot');
      },
      decode: text.decode,
    };
    expect(() => bytesOfValue(broken, 1)).toThrow(BadInputError);
    expect(() => bytesOfValue({ ...text, encode: () => 'text' as never }, 1)).toThrow(BadInputError);
  });

  test('gives bytes that it cannot read back as they are', () => {
    expect(valueOfBytes(text, Uint8Array.of(255))).toEqual(Uint8Array.of(255));
  });
});

function shared(bytes: readonly number[]): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

function hasMinusZero(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(hasMinusZero);
  return Object.is(value, -0);
}
