import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a port that can be shut: who comes then is let in, and heard only once it is open again. */
export interface Gate {
  readonly url: string;
  /** Cuts everyone off. */
  shut(): void;
  /** Lets those through who wait. */
  open(): void;
  /** Resolves once somebody waits. */
  knocked(): Promise<void>;
  close(): Promise<void>;
}

export async function startGate(port: number): Promise<Gate> {
  const sockets = new Set<Socket>();
  const waiting: Socket[] = [];
  let isOpen = true;
  const letThrough = (client: Socket) => {
    const onward = connect(port, '127.0.0.1');
    sockets.add(onward);
    for (const socket of [client, onward]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        onward.destroy();
      });
    }
    client.pipe(onward).pipe(client);
  };
  const server = createServer((client) => {
    sockets.add(client);
    if (isOpen) letThrough(client);
    else waiting.push(client);
  });
  const cutOff = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the gate has no port');
  return {
    url: `nats://127.0.0.1:${address.port}`,
    shut() {
      isOpen = false;
      cutOff();
    },
    open() {
      isOpen = true;
      for (const client of waiting.splice(0)) letThrough(client);
    },
    async knocked() {
      if (waiting.length === 0) await once(server, 'connection');
    },
    async close() {
      cutOff();
      server.close();
      await once(server, 'close');
    },
  };
}
