/*
 * Finds where a member of a JSON object stands in the text. JSON.parse turns 12345678901234567890 and 1.0 into other
 * numbers; the text itself keeps them, and a register holds for ever what it was given.
 */

/**
 * The text of one member of an object, or of each object in an array, exactly as it stands. Of equal keys the last
 * counts, as in JSON.parse.
 * @param text JSON that JSON.parse has accepted, an object or an array at its top.
 * @param onRepeat told of each key that an object has again, and of which object, counted from 0.
 * @returns one entry for an object, one for each element of an array; undefined where there is no such member.
 */
export function memberSlices(
  text: string,
  key: string,
  onRepeat: (index: number, key: string) => void = () => undefined,
): (string | undefined)[] {
  const scanner = new Scanner(text, key);
  if (scanner.peek() === OPEN_OBJECT) return [scanner.member((repeated) => onRepeat(0, repeated))];
  const slices: (string | undefined)[] = [];
  for (let more = scanner.enter(CLOSE_ARRAY); more; more = scanner.next(CLOSE_ARRAY)) {
    const index = slices.length;
    if (scanner.peek() === OPEN_OBJECT) slices.push(scanner.member((repeated) => onRepeat(index, repeated)));
    else {
      scanner.skip();
      slices.push(undefined);
    }
  }
  return slices;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Walks over JSON that is known to be valid. It works on character codes: strings of one character cost far more. */
class Scanner {
  readonly #text: string;
  readonly #key: string;
  #at = 0;

  constructor(text: string, key: string) {
    this.#text = text;
    this.#key = key;
  }

  /** The code of the next character that is no white space; NaN at the end. */
  peek(): number {
    let code = this.#text.charCodeAt(this.#at);
    while (isSpace(code)) {
      this.#at += 1;
      code = this.#text.charCodeAt(this.#at);
    }
    return code;
  }

  /** Steps over an opening bracket; whether anything comes before the closing one. */
  enter(close: number): boolean {
    this.peek();
    this.#at += 1;
    return this.#stopAt(close);
  }

  /** Steps over a comma, or the closing bracket; whether anything comes after it. */
  next(close: number): boolean {
    if (!this.#stopAt(close)) return false;
    this.#at += 1;
    return true;
  }

  /** Steps over an object; the text of its member `key`. */
  member(onRepeat: (key: string) => void): string | undefined {
    const keys = new Set<string>();
    let slice: string | undefined;
    for (let more = this.enter(CLOSE_OBJECT); more; more = this.next(CLOSE_OBJECT)) {
      this.peek();
      const start = this.#at;
      this.#string();
      const key = this.#keyFrom(start);
      if (keys.has(key)) onRepeat(key);
      keys.add(key);
      this.peek();
      // The colon.
      this.#at += 1;
      this.peek();
      const valueStart = this.#at;
      this.skip();
      if (key === this.#key) slice = this.#text.slice(valueStart, this.#at);
    }
    return slice;
  }

  /** Steps over any value. */
  skip(): void {
    const first = this.peek();
    if (first === QUOTE) this.#string();
    else if (first === OPEN_OBJECT || first === OPEN_ARRAY) this.#nested();
    else while (isOfPrimitive(this.#text.charCodeAt(this.#at))) this.#at += 1;
  }

  /** Counts brackets rather than recurring: values may be nested deeper than the stack. */
  #nested(): void {
    let depth = 0;
    do {
      const code = this.#text.charCodeAt(this.#at);
      if (code === QUOTE) {
        this.#string();
        continue;
      }
      if (code === OPEN_OBJECT || code === OPEN_ARRAY) depth += 1;
      if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) depth -= 1;
      this.#at += 1;
    } while (depth > 0 && this.#at < this.#text.length);
  }

  #string(): void {
    let end = this.#text.indexOf('"', this.#at + 1);
    while (end !== -1 && this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1);
    this.#at = end === -1 ? this.#text.length : end + 1;
  }

  /** Whether an odd number of backslashes stands before. */
  #isEscaped(at: number): boolean {
    let first = at;
    while (this.#text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
    return (at - first) % 2 === 1;
  }

  /** The string from `start` up to here, which is in quotes. */
  #keyFrom(start: number): string {
    const key = this.#text.slice(start + 1, this.#at - 1);
    return key.includes('\\') ? JSON.parse(`"${key}"`) : key;
  }

  /** Whether something other than the closing bracket comes next; steps over the bracket. */
  #stopAt(close: number): boolean {
    const next = this.peek();
    if (next === close) this.#at += 1;
    return !Number.isNaN(next) && next !== close;
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Whether a number or a literal goes on: neither at the end of the text, nor at what ends it. */
function isOfPrimitive(code: number): boolean {
  return code > 0x20 && code !== COMMA && code !== CLOSE_ARRAY && code !== CLOSE_OBJECT;
}
