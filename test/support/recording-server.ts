import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** A NATS server that offers no TLS, lets everybody in, and remembers every byte that it was sent. */
export interface RecordingServer {
  readonly port: number;
  heard(): string;
  close(): Promise<void>;
}

/** @param info more fields of what it says of itself. */
export async function startRecordingServer(info: Readonly<Record<string, unknown>> = {}): Promise<RecordingServer> {
  const sockets = new Set<Socket>();
  let heard = '';
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    const says = { server_id: 'recorder', version: '2.9.0', proto: 1, headers: true, max_payload: 1_048_576, ...info };
    socket.write(`INFO ${JSON.stringify(says)}\r\n`);
    socket.setEncoding('latin1').on('data', (text: string) => {
      heard += text;
      for (const _ of text.matchAll(/^PING\r$/gm)) socket.write('PONG\r\n');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    port: address.port,
    heard: () => heard,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
