import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { GROWTH_FLAG } from '../../src/cli/heap.ts';

describe('boundHeapGrowth', () => {
  test('sets a flag that this version of Node still has: an unknown one would be passed over in silence', () => {
    const options = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
    expect(options).toContain(`${GROWTH_FLAG} (`);
  });
});
