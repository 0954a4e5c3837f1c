import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Wire } from './wire.ts';

let server: Server;
let wire: Wire;
let near: Socket;
let far: Socket;

beforeEach(async () => {
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  wire = new Wire(typeof address === 'object' && address !== null ? address.port : 0);
  await wire.open();
  const accepted = once(server, 'connection');
  near = createConnection({ host: '127.0.0.1', port: Number(new URL(wire.url).port) });
  [far] = (await accepted) as [Socket];
});

afterEach(async () => {
  near.destroy();
  await wire.close();
  server.close();
});

async function heardAt(socket: Socket, text: string): Promise<void> {
  let heard = '';
  while (heard !== text) heard += String((await once(socket, 'data'))[0]);
}

describe('a wire', () => {
  test('carries what is sent, both ways and in order', async () => {
    const up = heardAt(far, 'abc');
    for (const letter of 'abc') near.write(letter);
    await up;
    far.write('back');
    await heardAt(near, 'back');
  });

  test('that is held one way carries the other, and what was held arrives once it heals', async () => {
    wire.set({ held: true }, {});
    let heard = '';
    far.on('data', (bytes) => {
      heard += bytes;
    });
    near.write('late');
    far.write('in time');
    await heardAt(near, 'in time');
    expect(heard).toBe('');
    wire.heal(false);
    while (heard !== 'late') await once(far, 'data');
  });

  test('that is slow keeps the order', async () => {
    wire.set({ delayMs: 40 }, {});
    near.write('first ');
    await new Promise((resolve) => setImmediate(resolve));
    wire.set({}, {});
    near.write('second');
    await heardAt(far, 'first second');
  });

  test('that is cut breaks what was connected, and takes nothing new until it heals', async () => {
    near.on('error', () => undefined);
    wire.cut();
    await once(near, 'close');
    const port = Number(new URL(wire.url).port);
    const refused = createConnection({ host: '127.0.0.1', port });
    refused.on('error', () => undefined);
    await once(refused, 'close');
    wire.heal(false);
    const accepted = once(server, 'connection');
    near = createConnection({ host: '127.0.0.1', port });
    [far] = (await accepted) as [Socket];
    near.write('again');
    await heardAt(far, 'again');
  });
});
