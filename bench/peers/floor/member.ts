/*
 * The least that members over NATS and SQLite could do for a write: the messages and commits of stele, in batches of the
 * same rules, and nothing else. It has no protocol: no ballots, no look at what was there before, no time-outs, nothing to go
 * on with after a crash. What it leaves of a goal is what is left for the protocol, as long as writes pass the members in
 * this way.
 *
 *     node --import tsx member.ts <its place among the members> <how many members> <nats url> <file>
 */
import { connect, type Msg, type MsgHdrs } from 'nats';
import sqlite3 from 'sqlite3';
import { readyHeaders } from '../../../src/nats/ready-headers.ts';
import { BatchQueue } from '../../../src/node/batch-queue.ts';
import { systemClock } from '../../../src/node/clock.ts';
import { DEFAULT_SETTINGS } from '../../../src/node/settings.ts';
import { decodeFrame, decodeVote, type Entry, encodeFrame, encodeVote } from './frames.ts';

const HOME = 0;
const OP_ID = '7f8a7c0e-3f52-4d0f-9a53-0c1f5f0d7c11';
const WON = headersOf('won');
const DECIDED = headersOf('decided');
const DATABASE = `
PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL;
CREATE TABLE journal (id INTEGER PRIMARY KEY, block BLOB NOT NULL) STRICT`;

const [self = 0, members = 0] = process.argv.slice(2, 4).map(Number);
const [url = '', file = ''] = process.argv.slice(4);
const others = Array.from({ length: members }, (_, member) => member).filter((member) => member !== self);
const save = await openJournal(file);
const nats = await connect({ servers: url });
const values = new Map<string, Uint8Array>();

/** What clients wait for, by the numbers of their writes. */
const asked = new Map<number, (entry: Entry) => void>();
let lastId = 0;

const {
  batchRegistersMax,
  batchBytesMax,
  openingsInFlightMax,
  handoversInFlightMax,
  fullBatchesInFlightMax,
  gatherDelayMs,
} = DEFAULT_SETTINGS;
const limits = { batchRegistersMax, batchBytesMax, fullBatchesInFlightMax };
const bytesOf = ({ name, value }: Entry) => name.length + value.length;
const openings = new BatchQueue<Entry>({ ...limits, batchesInFlightMax: openingsInFlightMax }, bytesOf, open, {
  clock: systemClock,
  delayMaxMs: gatherDelayMs,
});
const handovers = new BatchQueue<Entry>({ ...limits, batchesInFlightMax: handoversInFlightMax }, bytesOf, handOver);

/** At the home: openings of which nobody else's vote has come yet. */
const waiting = new Map<number, () => void>();
let lastOpening = 0;

/** At the others: openings of which one vote of two is there, the home's or the own one. */
interface Half {
  entries: readonly Entry[];
  isSaved: boolean;
  isSavedAtHome: boolean;
}
const halves = new Map<number, Half>();

function write(name: string, value: Uint8Array, onWon: (entry: Entry) => void): void {
  lastId += 1;
  asked.set(lastId, onWon);
  (self === HOME ? openings : handovers).add({ asker: self, id: lastId, name, value });
}

async function open(entries: readonly Entry[]): Promise<void> {
  lastOpening += 1;
  const number = lastOpening;
  const voted = new Promise<void>((resolve) => waiting.set(number, resolve));
  const tell = (isSaved: boolean) => {
    const frame = encodeFrame({ number, isSaved, entries });
    for (const other of others) nats.publish(`floor.${other}.open`, frame);
    return frame;
  };
  const [first, ...more] = entries;
  if (first !== undefined && more.length === 0) {
    await save(tell(false));
    if (first.asker !== self) nats.publish(`floor.${first.asker}.vote`, encodeVote(number));
  } else {
    await save(encodeFrame({ number, isSaved: true, entries }));
    tell(true);
  }
  await voted;
  for (const entry of entries) {
    nats.publish(`register.decided.${entry.name}`, entry.value, { headers: WON });
    win(entry);
  }
}

/** Resolves once all of it is won, as a handover's place in the queue is free then. */
function handOver(entries: readonly Entry[]): Promise<void> {
  return new Promise((resolve) => {
    let left = entries.length;
    for (const { id } of entries) {
      const answer = asked.get(id);
      asked.set(id, (entry) => {
        answer?.(entry);
        left -= 1;
        if (left === 0) resolve();
      });
    }
    nats.publish(`floor.${HOME}.handover`, encodeFrame({ number: 0, isSaved: false, entries }));
  });
}

async function accept(payload: Uint8Array): Promise<void> {
  const { number, isSaved, entries, bytes } = decodeFrame(payload);
  const half = halfOf(number);
  half.entries = entries;
  half.isSavedAtHome ||= isSaved;
  await save(bytes);
  half.isSaved = true;
  nats.publish(`floor.${HOME}.vote`, encodeVote(number));
  conclude(number, half);
}

function onVote(number: number): void {
  if (self === HOME) {
    waiting.get(number)?.();
    waiting.delete(number);
    return;
  }
  const half = halfOf(number);
  half.isSavedAtHome = true;
  conclude(number, half);
}

function halfOf(number: number): Half {
  const half = halves.get(number) ?? { entries: [], isSaved: false, isSavedAtHome: false };
  halves.set(number, half);
  return half;
}

function conclude(number: number, { entries, isSaved, isSavedAtHome }: Half): void {
  const isAsker = entries.some(({ asker }) => asker === self);
  // Where nobody waits here, nobody tells that the home has saved a lone write.
  if (isSaved && (isSavedAtHome || !isAsker)) {
    halves.delete(number);
    for (const entry of entries) win(entry);
  }
}

function win(entry: Entry): void {
  values.set(entry.name, entry.value);
  if (entry.asker !== self) return;
  asked.get(entry.id)?.(entry);
  asked.delete(entry.id);
}

function writeBatch(message: Msg): void {
  const body = JSON.parse(message.string()) as { register: string; value: unknown }[];
  const answers: string[] = [];
  for (const { register, value } of body) {
    const text = JSON.stringify(value);
    write(register, Buffer.from(text), () => {
      answers.push(`{"register":"${register}","outcome":"won","value":${text},"opId":"${OP_ID}"}`);
      if (answers.length === body.length) message.respond(Buffer.from(`[${answers.join(',')}]`));
    });
  }
}

function listen(subject: string, take: (message: Msg) => void): void {
  nats.subscribe(subject, {
    queue: subject.startsWith('register') ? 'register' : '',
    callback: (_, message) => take(message),
  });
}

listen(`floor.${self}.open`, ({ data }) => void accept(data));
listen(`floor.${self}.vote`, ({ data }) => onVote(decodeVote(data)));
listen(`floor.${self}.handover`, ({ data }) => {
  for (const entry of decodeFrame(data).entries) openings.add(entry);
});
listen(`floor.${self}.ready`, (message) => message.respond());
listen('register.write', writeBatch);
listen('register.write.>', (message) => {
  const value = Buffer.from(message.data);
  write(message.subject.slice('register.write.'.length), value, () => message.respond(value, { headers: WON }));
});
listen('register.read.>', (message) => {
  message.respond(values.get(message.subject.slice('register.read.'.length)), { headers: DECIDED });
});

/** Appends one block in one commit. A commit that fails ends the process. */
async function openJournal(path: string): Promise<(block: Buffer) => Promise<void>> {
  const database = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened = new sqlite3.Database(path, (error) => (error === null ? resolve(opened) : reject(error)));
  });
  await new Promise<void>((resolve, reject) => {
    database.exec(DATABASE, (error) => (error === null ? resolve() : reject(error)));
  });
  const append = database.prepare('INSERT INTO journal (block) VALUES (?)');
  return (block) =>
    new Promise((resolve, reject) =>
      append.run(block, (error: Error | null) => (error === null ? resolve() : reject(error))),
    );
}

function headersOf(outcome: string): MsgHdrs {
  return readyHeaders(`Register-Outcome: ${outcome}\r\nRegister-Ballot: 0/n1/1\r\nRegister-Op-Id: ${OP_ID}\r\n`);
}
