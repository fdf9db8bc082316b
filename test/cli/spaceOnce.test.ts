import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runProcess } from './process.js';
import { writeStripes } from './stripes.js';

const root = mkdtempSync(join(tmpdir(), 'space-once-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

// Whoever opens a pipe a second time waits for a writer that never comes.
it.skipIf(process.platform === 'win32')(
  "a search reads its space's file once: its defaults and its choices are of one version",
  async () => {
    const space = join(root, 'piped.yaml');
    execFileSync('mkfifo', [space]);
    const written = writeFile(space, readFileSync(new URL('../../search-spaces/minimal.yaml', import.meta.url)));
    const words = ['search', '--space', space, '--data', writeStripes(join(root, 'stripes')), '--budget', '100B'];
    const said = await runProcess(['--results', join(root, 'results'), ...words], 30_000);
    await written;
    expect(said.code, said.stderr).toBe(3);
  },
  60_000,
);
