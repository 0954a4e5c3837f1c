import { describe, expect, it } from 'vitest';
import { Peers } from '../../src/node/peers.ts';
import { DEFAULT_SETTINGS } from '../../src/node/settings.ts';
import type { PeerMessage, Store } from '../../src/ports.ts';

describe('a hello', () => {
  it('counts commits as the store was opened, however many follow: an old copy cannot save until it is let in', () => {
    const said: PeerMessage[] = [];
    const beats: (() => void)[] = [];
    let commits = 7;
    const identity = { cluster: 'c', member: 'n1', members: ['n1', 'n2'], storeId: 'disk', incarnation: 3 };
    const store = {
      identity,
      peers: new Map(),
      commits,
      enrolled: true,
      flushPeers: async () => undefined,
    } as unknown as Store;
    const peers = new Peers({
      ...DEFAULT_SETTINGS,
      store,
      transport: {
        payloadBytesMax: 1_048_576,
        serve: () => undefined,
        tell: () => undefined,
        askOne: () => () => undefined,
        announce: () => () => undefined,
        ask: (message) => {
          said.push(message);
          return () => undefined;
        },
      },
      clock: { now: () => 0, setTimeout: (callback) => beats.push(callback), clearTimeout: () => undefined },
      emit: () => undefined,
      credentials: () => ({ ...identity, session: 's', commits }),
      onAdmitted: () => undefined,
      onRefused: () => undefined,
      onStoreFailed: () => undefined,
    });
    peers.start();
    commits = 20;
    beats[0]?.();
    const hellos = said.map((message) => (message.type === 'hello' ? message : undefined));
    expect(hellos.map((message) => message?.hello.credentials.commits)).toEqual([7, 7]);
    expect(hellos.map((message) => message?.sender.commits)).toEqual([7, 20]);
  });
});
