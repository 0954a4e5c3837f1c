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
import { readyHeaders } from '../../../src/contract/ready-headers.ts';
import { systemClock } from '../../../src/node/clock.ts';
import { DEFAULT_SETTINGS } from '../../../src/node/settings.ts';
import { BatchQueue } from '../../../src/node/tasks/batch-queue.ts';
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
const save = await openJournal(file);
const nats = await connect({ servers: url });
const values = new Map<string, Uint8Array>();

/** What clients wait for, by the numbers of their writes. */
const asked = new Map<number, (entry: Entry) => void>();
let lastId = 0;

const { batchRegistersMax, batchBytesMax, openingsInFlightMax, fullBatchesInFlightMax, gatherDelayMs } =
  DEFAULT_SETTINGS;
const limits = { batchRegistersMax, batchBytesMax, batchesInFlightMax: openingsInFlightMax, fullBatchesInFlightMax };
const bytesOf = ({ name, value }: Entry) => name.length + value.length;
const openings = new BatchQueue<Entry>(limits, bytesOf, open, { clock: systemClock, delayMaxMs: gatherDelayMs });

/** Openings of which nobody else's vote has come yet. */
const waiting = new Map<number, () => void>();
let lastOpening = 0;

function write(name: string, value: Uint8Array, onWon: (entry: Entry) => void): void {
  lastId += 1;
  asked.set(lastId, onWon);
  openings.add({ id: lastId, name, value });
}

/** One publish to all others, and the own save beside theirs. */
async function open(entries: readonly Entry[]): Promise<void> {
  lastOpening += 1;
  const number = lastOpening;
  const voted = new Promise<void>((resolve) => waiting.set(number, resolve));
  const frame = encodeFrame({ number, entries });
  if (members > 1) nats.publish('floor.open', frame);
  await Promise.all([save(frame), members > 1 ? voted : undefined]);
  for (const entry of entries) {
    nats.publish(`register.decided.${entry.name}`, entry.value, { headers: WON });
    values.set(entry.name, entry.value);
    asked.get(entry.id)?.(entry);
    asked.delete(entry.id);
  }
}

type Frame = ReturnType<typeof decodeFrame>;

/** Openings that wait to be saved together. */
const lingering: Frame[] = [];

/** The vote of the first of the others makes a quorum: all that come after it save what came within a while together. */
async function accept(frame: Frame): Promise<void> {
  if (self === HOME + 1) return await vote([frame]);
  lingering.push(frame);
  if (lingering.length > 1) return;
  setTimeout(() => void vote(lingering.splice(0)), DEFAULT_SETTINGS.lingerMs);
}

async function vote(frames: readonly Frame[]): Promise<void> {
  await save(Buffer.concat(frames.map(({ bytes }) => bytes)));
  for (const { number, entries } of frames) {
    nats.publish('floor.vote', encodeVote(number));
    for (const { name, value } of entries) values.set(name, value);
  }
}

function onVote(number: number): void {
  waiting.get(number)?.();
  waiting.delete(number);
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

listen(`floor.${self}.ready`, (message) => message.respond());
if (self === HOME) {
  listen('floor.vote', ({ data }) => onVote(decodeVote(data)));
  listen('register.write', writeBatch);
  listen('register.write.>', (message) => {
    const value = Buffer.from(message.data);
    write(message.subject.slice('register.write.'.length), value, () => message.respond(value, { headers: WON }));
  });
} else {
  listen('floor.open', ({ data }) => void accept(decodeFrame(data)));
}
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
