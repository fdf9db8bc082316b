import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frontOf } from '../../src/search/frontOf.js';
import { openStore } from '../../src/store/openStore.js';
import { runProcess } from './process.js';
import { storeQuickTeacher } from './quickTeacher.js';
import { writeStripes } from './stripes.js';

let root: string;
let data: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'first-'));
  data = writeStripes(join(root, 'stripes'));
  storeQuickTeacher(join(root, 'results', 'teachers'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const search = (study: string, ...more: string[]) =>
  runProcess(
    [
      ...['--results', join(root, 'results'), 'search', '--data', data, '--space', 'minimal', '--teacher', 'quick'],
      ...['--budget', '3KB', '--epochs', '1', '--train-images', '64', '--workers', '1', '--no-report'],
      ...['--study', study, ...more],
    ],
    90_000,
  );
const write = (name: string, text: string) => {
  writeFileSync(join(root, name), text);
  return join(root, name);
};
const studyOf = (study: string) => {
  const store = openStore(join(root, 'results', 'nas-distill.db'), { readonly: true });
  const [record, trials] = [store.study(study), store.trials(study)];
  store.close();
  return { record, trials, students: trials.filter(({ origin }) => origin !== 'baseline') };
};

describe('--enqueue and --warm-start, as real processes', () => {
  it('trains what was written by hand first, once, and draws what was left open', async () => {
    const file = write(
      'mine.yaml',
      [
        '- choices: { stage1.block: conv, stage1.width: 4, stage2.repeats: 0 }',
        '- stage1.width: 8',
        '  stage2.block: inverted_residual',
        '- choices: { stage1.block: conv, stage1.width: 4, stage2.repeats: 0 }',
      ].join('\n'),
    );
    const ended = await search('by-hand', '--enqueue', file, '--trials', '4');
    expect(ended.stderr).toContain('2 architectures wait to be trained first; in the study already: 1');
    expect(ended.code).toBe(0);
    const { students } = studyOf('by-hand');
    expect(students.map(({ origin }) => origin)).toEqual(['enqueued', 'enqueued', 'search', 'search']);
    expect(students[0].architecture.choices).toEqual({
      'stage1.block': 'conv',
      'stage1.width': 4,
      'stage2.repeats': 0,
    });
    expect(students[1].architecture.choices).toMatchObject({
      'stage1.width': 8,
      'stage2.repeats': 1,
      'stage2.block': 'inverted_residual',
    });
    expect(new Set(students.map(({ architectureId }) => architectureId)).size).toBe(4);
    expect(students.every(({ state, costs }) => state === 'COMPLETE' && costs.bytes <= 3000)).toBe(true);
  });

  it('learns from another study: its front is trained here, the rest is never proposed again', async () => {
    const ended = await search('later', '--warm-start', 'by-hand', '--trials', '5', '--sampler', 'gp');
    expect(ended.code).toBe(0);
    const [before, after] = [studyOf('by-hand'), studyOf('later')];
    const front = frontOf(before.trials, 'bytes').map(({ architectureId }) => architectureId);
    const enqueued = after.students.filter(({ origin }) => origin === 'enqueued');
    expect(enqueued.map(({ architectureId }) => architectureId)).toEqual(front);
    const told = before.students.map(({ architectureId }) => architectureId).filter((id) => !front.includes(id));
    expect(ended.stderr).toContain(`learning from study by-hand: ${told.length} trials`);
    for (const { architectureId, origin } of after.students) {
      if (origin === 'search') expect([...front, ...told]).not.toContain(architectureId);
    }
    expect(after.record?.facts.warmStart).toMatchObject({ study: 'by-hand' });
    // Goes on without the other study: what it was told is its own.
    await runProcess(['--results', join(root, 'results'), 'delete', 'by-hand', '--yes']);
    const more = await search('later', '--warm-start', 'by-hand', '--trials', '6', '--sampler', 'gp');
    expect(more.stderr).not.toContain('nas-distill:');
    expect(more.code).toBe(0);
    expect(studyOf('later').students).toHaveLength(6);
  });

  it.each([
    [
      'a choice that does not exist',
      'stage1.widht: 4',
      2,
      ':1: the space minimal has no choice stage1.widht',
      'stage1.width?',
    ],
    ['a value that it cannot be', '- stage2.repeats: 1\n  stage1.width: 5', 2, ':2: stage1.width cannot be 5', '4, 8'],
    [
      'a choice that others switch off',
      'choices:\n  stage2.repeats: 0\n  stage2.width: 8',
      2,
      ':3: stage2.width is switched off',
      'Leave it out',
    ],
    [
      'more than the budget',
      'choices: { stage1.block: conv, stage1.width: 8, stage2.repeats: 1, stage2.block: inverted_residual, stage2.width: 16, stage2.expansion: 2 }',
      3,
      'this architecture does not fit',
      'raise the budget',
    ],
    ['no choices at all', '- 5', 2, 'architecture 1 is no list of choices', 'choices: {'],
    ['no YAML', 'a: [', 2, 'bad.yaml:', ''],
  ])('%s is one clear line, and no study is stored', async (_, text, code, message, hint) => {
    const ended = await search('refused', '--enqueue', write('bad.yaml', text));
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(message)]);
    expect(ended.stderr).toContain(hint);
    expect(studyOf('later').record).toBeDefined();
    expect(() => studyOf('refused')).toThrow('refused');
  });

  it('a study to start from must exist', async () => {
    const ended = await search('refused', '--warm-start', 'nobody');
    expect([ended.code, ended.stderr]).toEqual([
      2,
      expect.stringContaining("there is no study 'nobody' to start from"),
    ]);
  });
});
