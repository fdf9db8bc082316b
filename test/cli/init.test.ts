import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readStudyFile } from '../../src/search/StudyConfig.js';
import { studyFile } from '../../src/cli/init/studyFile.js';
import { storeQuickTeacher } from './quickTeacher.js';

const bin = fileURLToPath(new URL('../../bin/nas-distill.mjs', import.meta.url));
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'init-'));
  storeQuickTeacher(join(dir, 'results', 'teachers'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Runs `init` in a directory of its own with these lines on standard input. */
function init(answers: readonly string[], ...words: string[]): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [bin, 'init', ...words], { cwd: dir, timeout: 20_000, killSignal: 'SIGKILL' });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end(answers.map((line) => `${line}\n`).join(''));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stderr })));
}

describe('init, as a real process', () => {
  it('writes what was answered, as search reads it', async () => {
    const answers = ['', 'quick', 'resnet-convnext', '300KB, 5MMACs', '12', '', 'dkd'];
    const { code, stderr } = await init(answers, 'asked.yaml');
    expect(code).toBe(0);
    expect(stderr).toContain('stored: quick');
    expect(readStudyFile(join(dir, 'asked.yaml'))).toEqual({
      data: 'fashion-mnist',
      teacher: 'quick',
      space: 'resnet-convnext',
      budgets: ['300KB', '5MMACs'],
      trials: 12,
      epochs: 3,
      recipe: 'dkd',
    });
  });

  it('takes defaults with --yes, and never writes over a file unless told to', async () => {
    expect(await init([], '--yes')).toMatchObject({ code: 0 });
    const file = join(dir, 'study.yaml');
    const written = readFileSync(file, 'utf8');
    expect(readStudyFile(file)).toMatchObject({ data: 'fashion-mnist', space: 'mobile-cnn', budgets: ['8MB'] });
    expect(await init([], '--yes')).toMatchObject({ code: 2, stderr: expect.stringContaining('study.yaml exists') });
    expect(readFileSync(file, 'utf8')).toBe(written);
    expect(await init([], '--yes', '--force')).toMatchObject({ code: 0 });
  });

  it.each([
    ['an unknown data set', ['fashion-mnis'], "no data set 'fashion-mnis'", 'Did you mean fashion-mnist?'],
    ['a teacher that is not stored', ['', 'nobody'], 'nobody', 'teacher'],
    ['a budget without a unit', ['', '', '', '8 bananas'], "budget '8 bananas'", 'Write it like 8MB'],
    ['no trials', ['', '', '', '', '0'], "'0' is not a whole number of 1 or more", 'USAGE'],
    ['lines that end early', ['', ''], 'no answer to: Search space?', 'give --yes'],
  ])('%s is one clear line, and nothing is written', async (_, answers, message, hint) => {
    const { code, stderr } = await init(answers, 'bad.yaml');
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
    expect(existsSync(join(dir, 'bad.yaml'))).toBe(false);
  });
});

it('quotes what YAML would read as something else', () => {
  const choices = { teacher: 'no', space: './a: b.yaml', budgets: ['8MB'], trials: 1, epochs: 1, recipe: undefined };
  const text = studyFile({ ...choices, data: './photos #1' });
  expect(parse(text)).toEqual({
    ...{ data: './photos #1', teacher: 'no', space: './a: b.yaml' },
    ...{ budgets: ['8MB'], trials: 1, epochs: 1 },
  });
});
