/*
 * Finds where a member of a JSON object stands in the text. JSON.parse turns 12345678901234567890 and 1.0 into other
 * numbers; the text itself keeps them, and a register holds for ever what it was given.
 */

/**
 * The text of one member of an object, or of each object in an array, exactly as it stands. Of equal keys the last
 * counts, as in JSON.parse.
 * @param text JSON that JSON.parse has accepted, an object or an array at its top.
 * @returns one entry for an object, one for each element of an array; undefined where there is no such member.
 */
export function memberSlices(text: string, key: string): (string | undefined)[] {
  const scanner = new Scanner(text);
  if (scanner.peek() === '{') return [scanner.member(key)];
  const slices: (string | undefined)[] = [];
  for (let more = scanner.enter(']'); more; more = scanner.next(']')) {
    if (scanner.peek() === '{') slices.push(scanner.member(key));
    else {
      scanner.value();
      slices.push(undefined);
    }
  }
  return slices;
}

const SPACE = new Set([' ', '\t', '\n', '\r']);
const ENDS_PRIMITIVE = new Set([',', ']', '}', ...SPACE]);

/** Walks over JSON that is known to be valid. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next character that is no white space. */
  peek(): string | undefined {
    while (SPACE.has(this.#text[this.#at] ?? '')) this.#at += 1;
    return this.#text[this.#at];
  }

  /** Steps over an opening bracket; whether anything comes before the closing one. */
  enter(close: string): boolean {
    this.peek();
    this.#at += 1;
    return this.#stopAt(close);
  }

  /** Steps over a comma, or the closing bracket; whether anything comes after it. */
  next(close: string): boolean {
    if (this.#stopAt(close)) this.#at += 1;
    else return false;
    return this.peek() !== undefined;
  }

  /** Steps over an object; the text of its member `key`. */
  member(key: string): string | undefined {
    let slice: string | undefined;
    for (let more = this.enter('}'); more; more = this.next('}')) {
      const name = this.value();
      this.peek();
      this.#at += 1;
      const value = this.value();
      if (unquote(name) === key) slice = value;
    }
    return slice;
  }

  /** Steps over any value; its text. */
  value(): string {
    const first = this.peek();
    const start = this.#at;
    if (first === '"') this.#string();
    else if (first === '{' || first === '[') this.#nested();
    else while (this.#at < this.#text.length && !ENDS_PRIMITIVE.has(this.#text[this.#at] ?? '')) this.#at += 1;
    return this.#text.slice(start, this.#at);
  }

  /** Counts brackets rather than recurring: values may be nested deeper than the stack. */
  #nested(): void {
    let depth = 0;
    do {
      const character = this.#text[this.#at];
      if (character === '"') {
        this.#string();
        continue;
      }
      if (character === '{' || character === '[') depth += 1;
      if (character === '}' || character === ']') depth -= 1;
      this.#at += 1;
    } while (depth > 0 && this.#at < this.#text.length);
  }

  #string(): void {
    this.#at += 1;
    while (this.#at < this.#text.length && this.#text[this.#at] !== '"')
      this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    this.#at += 1;
  }

  /** Whether something other than the closing bracket comes next; steps over the bracket. */
  #stopAt(close: string): boolean {
    const next = this.peek();
    if (next === close) this.#at += 1;
    return next !== undefined && next !== close;
  }
}

function unquote(name: string): unknown {
  return name.includes('\\') ? JSON.parse(name) : name.slice(1, -1);
}
