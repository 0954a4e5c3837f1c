import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONTROLS, HURRIED } from './controls.ts';
import { cutEverywhere, cutNextStart, liveAndDie, newTally, tearHeaders } from './explore.ts';
import { catchControl, exploreWith } from './laboratory.ts';
import { missingToRecord, Recorder } from './recorder.ts';

const TIMEOUT_MS = 300_000;

const missing = missingToRecord();
if (missing !== undefined) console.warn(`NOT RUN: power cuts at the level of the file. This machine lacks ${missing}.`);

describe.skipIf(missing !== undefined)('a power cut', { timeout: TIMEOUT_MS }, () => {
  let recorder: Recorder;
  beforeAll(() => {
    recorder = Recorder.start();
  });
  afterAll(() => recorder.stop());

  test.each([
    ['before any operation of the first process', cutEverywhere, 1],
    ['in the start after a kill', cutNextStart, 1],
    ['in the middle of a header of the log', tearHeaders, 3],
    ['after other cuts and kills', liveAndDie, 3],
  ])('%s loses nothing that was acknowledged, and no store refuses to start for it', async (name, explore, saves) => {
    const tally = newTally();
    expect(await exploreWith(recorder, { name, edits: HURRIED, explore, saves, seed: 1 }, tally)).toBeUndefined();
    expect(tally.cuts).toBeGreaterThan(0);
  });

  test.each(CONTROLS.map((control) => [control.name, control] as const))('finds out %s', async (_, control) => {
    expect(await catchControl(recorder, control)).toBeDefined();
  });
});
