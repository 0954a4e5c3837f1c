import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { Pipe, type Weather } from './pipe.ts';

interface Circuit {
  readonly near: Socket;
  readonly far: Socket;
  readonly pipes: readonly [up: Pipe, down: Pipe];
}

const FAIR: Weather = { held: false, delayMs: 0 };

/**
 * A wire between one process and one NATS server: what connects to its port reaches the server's, through weather of its
 * own each way. `up` is from the process to the server.
 */
export class Wire {
  readonly #targetPort: number;
  readonly #circuits = new Set<Circuit>();
  #server: Server | undefined;
  #isCut = false;
  #weather: readonly [up: Weather, down: Weather] = [FAIR, FAIR];
  #port = 0;

  constructor(targetPort: number) {
    this.#targetPort = targetPort;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#port}`;
  }

  async open(): Promise<void> {
    const server = createServer({ pauseOnConnect: true }, (near) => this.#connect(near));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }

  /** Breaks every connection, and lets none be made. */
  cut(): void {
    this.#isCut = true;
    this.#breakAll();
  }

  /** Connections stay up; what is sent one way, or both, is held or late. */
  set(up: Partial<Weather>, down: Partial<Weather>): void {
    this.#weather = [
      { ...FAIR, ...up },
      { ...FAIR, ...down },
    ];
    this.#apply();
  }

  /** Fair weather. What was held arrives now, late; or is lost along with its connections. */
  heal(losing: boolean): void {
    this.#isCut = false;
    if (losing) this.#breakAll();
    this.set({}, {});
  }

  async close(): Promise<void> {
    this.cut();
    const server = this.#server;
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  #connect(near: Socket): void {
    if (this.#isCut) {
      near.on('error', () => undefined);
      near.destroy();
      return;
    }
    const far = createConnection({ host: '127.0.0.1', port: this.#targetPort, noDelay: true });
    near.setNoDelay(true);
    const circuit: Circuit = { near, far, pipes: [new Pipe(near, far), new Pipe(far, near)] };
    this.#circuits.add(circuit);
    for (const socket of [near, far]) {
      socket.on('error', () => undefined);
      socket.once('close', () => this.#break(circuit));
    }
    this.#apply();
    near.resume();
  }

  #apply(): void {
    const [up, down] = this.#weather;
    for (const { pipes } of this.#circuits) {
      pipes[0].set(up);
      pipes[1].set(down);
    }
  }

  #breakAll(): void {
    for (const circuit of this.#circuits) this.#break(circuit);
  }

  #break(circuit: Circuit): void {
    this.#circuits.delete(circuit);
    circuit.near.destroy();
    circuit.far.destroy();
  }
}
