import type { Socket } from 'node:net';

/** What one direction of a wire does to what is sent over it. Order is kept and nothing altered: it is TCP. */
export interface Weather {
  /** Nothing gets through until this ends. */
  readonly held: boolean;
  readonly delayMs: number;
}

interface Piece {
  readonly bytes: Buffer;
  readonly dueMs: number;
}

/** Past so many bytes under way the source is not read on, as with any full socket. */
const UNDER_WAY_BYTES_MAX = 4_194_304;

/** Carries what one socket receives to another, in order, through weather. */
export class Pipe {
  readonly #from: Socket;
  readonly #to: Socket;
  #weather: Weather = { held: false, delayMs: 0 };
  #pieces: Piece[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket) {
    this.#from = from;
    this.#to = to;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.once('close', () => clearTimeout(this.#timer));
  }

  set(weather: Weather): void {
    this.#weather = weather;
    this.#pass();
  }

  #take(bytes: Buffer): void {
    this.#pieces.push({ bytes, dueMs: performance.now() + this.#weather.delayMs });
    this.#bytes += bytes.length;
    this.#pass();
  }

  #pass(): void {
    clearTimeout(this.#timer);
    if (!this.#weather.held) this.#passDue();
    const isFull = this.#bytes > UNDER_WAY_BYTES_MAX;
    if (isFull) this.#from.pause();
    else if (this.#from.isPaused() && !this.#from.destroyed) this.#from.resume();
  }

  #passDue(): void {
    const nowMs = performance.now();
    // In order: one that is due waits for those before it.
    const late = this.#pieces.findIndex(({ dueMs }) => dueMs > nowMs);
    const due = this.#pieces.splice(0, late === -1 ? this.#pieces.length : late);
    for (const { bytes } of due) {
      this.#bytes -= bytes.length;
      if (!this.#to.destroyed) this.#to.write(bytes);
    }
    const next = this.#pieces[0];
    if (next !== undefined) this.#timer = setTimeout(() => this.#pass(), next.dueMs - nowMs);
  }
}
