import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeStudy } from '../dashboard/writeStudy.js';
import { syntheticStudy } from '../reports/syntheticStudy.js';
import { runProcess } from './process.js';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'completion-'));
  writeStudy(join(dir, 'nas-distill.db'), syntheticStudy({ trials: 2, name: 'narrow' }));
  symlinkSync(fileURLToPath(new URL('../../bin/nas-distill.mjs', import.meta.url)), join(dir, 'nas-distill'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What bash offers once Tab is pressed after the last of these words. */
function offered(...words: string[]): string[] {
  const line = words.join(' ');
  const script = `
source <(nas-distill completion bash)
registered=$(complete -p nas-distill)
handler=\${registered#*-F }
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE='${line}'; COMP_POINT=${line.length}
\${handler%% *}
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const env = { ...process.env, NAS_DISTILL_RESULTS: dir, PATH: `${dir}${delimiter}${process.env.PATH ?? ''}` };
  // Outside of a key press bash says on stderr that compopt has no completion to change.
  const written = execFileSync('bash', ['-c', script, 'bash', ...words], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return written
    .split('\n')
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

describe('completion, in a real bash', () => {
  it('completes commands, flags and their values', () => {
    expect(offered('nas-distill', 'rep')).toEqual(['report']);
    expect(offered('nas-distill', 'search', '--bud')).toEqual(['--budget']);
    expect(offered('nas-distill', 'search', '--space', 'mob')).toEqual(['mobile-cnn']);
    expect(offered('nas-distill', 'search', '--sampler', 'nsga')).toEqual(['nsga2', 'nsga3']);
  });

  it('completes the names of what is stored', () => {
    expect(offered('nas-distill', 'report', '')).toContain('narrow');
    expect(offered('nas-distill', 'search', '--resume', '')).toContain('narrow');
  });

  it('names the shells when asked for another', async () => {
    const ended = await runProcess(['completion', 'tcsh']);
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining('zsh, bash, fish, powershell')]);
  });
});
