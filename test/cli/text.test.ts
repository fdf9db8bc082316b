import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Tokenizer } from '@huggingface/tokenizers';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runProcess } from './process.js';
import { runHere } from './runHere.js';
import { writeSentences } from './sentences.js';
import { writeStripes } from './stripes.js';

let root: string;
let data: string;
const tokens = 12;
const words = (...more: string[]) => ['--results', join(root, 'results'), ...more];
const texts = () => ['--data', data, '--tokens', String(tokens)];
const search = (...more: string[]) =>
  words('search', ...texts(), '--budget', '20KB', '--no-report', '--trials', '4', '--epochs', '2', ...more);

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'cli-text-'));
  data = writeSentences(join(root, 'sentences.csv'));
  const taught = await runHere(words('teacher', 'train', 'transformer', '--epochs', '6', ...texts(), '--json'));
  expect(taught.stderr).not.toContain('nas-distill: ');
  const teacher = z
    .object({ name: z.string(), family: z.string(), trainedOn: z.object({ validation: z.number() }) })
    .parse(JSON.parse(taught.stdout));
  expect(teacher).toMatchObject({ name: 'transformer-tiny-sentences', family: 'transformer tiny' });
  // A third would be guessing.
  expect(teacher.trainedOn.validation).toBeGreaterThan(0.9);
}, 120_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('texts, from a CSV file to an exported student', () => {
  it('shows what the data is', async () => {
    const shown = await runHere(words('data', 'show', data, '--tokens', String(tokens)));
    expect(shown.stdout).toContain('data set sentences: 360 texts of 12 tokens, 3 classes');
    expect(shown.stdout).toMatch(/words {3}\d+ known; 0\.0 % of the training texts' tokens are none of them/);
    expect(shown.stdout).not.toContain('mean');
  });

  it('searches both families under a budget, promotes, and exports ids in, tokenizer beside', async () => {
    const ended = await runProcess(search('--space', 'text-student', '--study', 'words', '--json'), 120_000);
    expect(ended.stderr).not.toContain('nas-distill: ');
    expect(ended.stderr).toContain('teacher transformer-tiny-sentences');
    const found = z
      .object({
        front: z.array(
          z.object({ costs: z.object({ bytes: z.number() }), metrics: z.object({ accuracy: z.number() }) }),
        ),
      }) // prettier-ignore
      .parse(JSON.parse(ended.stdout));
    expect(found.front.length).toBeGreaterThan(0);
    expect(found.front.every(({ costs }) => costs.bytes <= 20_000)).toBe(true);

    const promote = ['promote', 'words', '--pick', 'best', '--epochs', '20', '--views', '1', '--json'];
    const promoted = await runHere(words(...promote));
    expect(promoted.stderr).not.toContain('nas-distill: ');
    const { directory, accuracy } = z
      .object({ directory: z.string(), accuracy: z.object({ student: z.number() }) })
      .parse(JSON.parse(promoted.stdout));
    expect(accuracy.student).toBeGreaterThan(0.8);

    const card = readFileSync(join(directory, 'MODEL_CARD.md'), 'utf8');
    expect(card).toContain('input `tokens`: int32 [N, 12]');
    expect(card).toContain('tokenizer and vocabulary: tokenizer.json beside the model');
    expect(card).toMatch(/\| tokenizer\.json \| \d+ \| [0-9a-f]{64} \|/);
    expect(card).not.toMatch(/pixels|mean:/);

    // As its user would: by the files alone.
    const content = readFileSync(join(directory, 'tokenizer.json'), 'utf8');
    const tokenizer = new Tokenizer(JSON.parse(content) as object, {});
    const rows = readFileSync(data, 'utf8').trim().split('\n').slice(1, 61);
    const ids = new Int32Array(rows.length * tokens);
    rows.forEach((row, i) => {
      const text = row.slice(row.indexOf(',') + 2, -1);
      ids.set(tokenizer.encode(text).ids.slice(0, tokens), i * tokens);
    });
    const session = await InferenceSession.create(join(directory, 'model.onnx'));
    const { logits } = await session.run({ tokens: new Tensor('int32', ids, [rows.length, tokens]) });
    const classes = ['animal', 'food', 'place'];
    const right = rows.filter((row, i) => {
      const values = [...(logits.data as Float32Array).slice(3 * i, 3 * i + 3)];
      return classes[values.indexOf(Math.max(...values))] === row.slice(0, row.indexOf(','));
    });
    expect(right.length / rows.length).toBeGreaterThan(0.8);
    await session.release();

    // It can be a teacher itself, as any TF.js model of token ids, with its tokenizer.
    const importing = words('teacher', 'import', directory, '--name', 'again', '--data', data);
    const blind = await runHere(
      words(
        'teacher',
        'import',
        directory,
        '--name',
        'again',
        '--classes',
        'animal,food,place',
        '--mean',
        '0',
        '--std',
        '1',
      ),
    );
    expect(blind.stderr).toContain('whose tokens is not known');
    const imported = await runHere([...importing, '--tokenizer', join(directory, 'tokenizer.json')]);
    expect(imported.stderr).toBe('');
    expect(imported.stdout).toMatch(/validation texts of sentences: (100|[7-9]\d)\.\d\d % right/);
    const refused = await runHere(
      words('teacher', 'eval', 'again', '--data', data, '--vocabulary', '20', '--tokens', '12'),
    );
    expect(refused.stderr).toContain('its vocabulary');
  }, 240_000);
});

describe('what does not fit is refused before anything is trained', () => {
  it.each([
    [
      'a space for images',
      () => search('--space', 'minimal'),
      'SPACE',
      'space minimal is for images, the data holds texts',
    ],
    [
      'a teacher of images',
      () => words('teacher', 'train', 'vit', ...texts()),
      'USAGE',
      'a vit does not read the texts of sentences',
    ],
    [
      'another vocabulary',
      () => [...search('--space', 'text-cnn', '--teacher', 'transformer-tiny-sentences'), '--vocabulary', '10'],
      'TEACHER',
      'its vocabulary',
    ],
    [
      'another length',
      () =>
        words(
          'teacher',
          'eval',
          'transformer-tiny-sentences',
          '--data',
          data,
          '--tokenizer',
          tokenizerFile(),
          '--tokens',
          '5',
        ),
      'TEACHER',
      'its input is 12, the texts are 5',
    ],
    [
      'a recipe that mixes images',
      () => search('--space', 'text-cnn', '--recipe', 'mixed'),
      'CONFIG',
      'the recipe mixes images, the data holds texts',
    ],
    [
      'a tokenizer that is none',
      () => words('data', 'show', data, '--tokenizer', data),
      'DATA',
      'is no tokenizer.json',
    ],
    [
      'an image size',
      () => words('data', 'show', data, '--text-column', 'text', '--image-size', '8'),
      'USAGE',
      'holds texts: --image-size means nothing',
    ],
  ])('%s', async (_what, line, code, message) => {
    const said = await runHere(line());
    expect(said.stderr).toContain(message);
    expect(said.stderr).toContain(`[${code}]`);
    expect(said.code).not.toBe(0);
    expect(said.stderr).not.toContain('Teacher outputs');
  });

  it('a space for texts with images, a text teacher with images', async () => {
    const stripes = writeStripes(join(root, 'stripes'));
    const space = await runHere(words('search', '--data', stripes, '--space', 'text-cnn', '--budget', '20KB'));
    expect(space.stderr).toContain('space text-cnn is for texts, the data holds images');
    const evaluated = await runHere(words('teacher', 'eval', 'transformer-tiny-sentences', '--data', stripes));
    expect(evaluated.stderr).toContain('it reads texts, the data holds images');
  });

  it("the teacher's own tokenizer opens other data for it", async () => {
    const other = join(root, 'other.csv');
    writeFileSync(other, readFileSync(data, 'utf8') + 'food,"something else, today"\n');
    const refused = await runHere(
      words('teacher', 'eval', 'transformer-tiny-sentences', '--data', other, '--tokens', '12'),
    );
    expect(refused.stderr).toContain('its vocabulary');
    expect(refused.stderr).toContain('--tokenizer');
    const read = await runHere(
      words('teacher', 'eval', 'transformer-tiny-sentences', '--data', other, '--tokenizer', tokenizerFile()),
    );
    expect(read.stdout).toMatch(/test accuracy/);
  });
});

function tokenizerFile(): string {
  const file = join(root, 'results', 'teachers', 'transformer-tiny-sentences', 'tokenizer.json');
  expect(existsSync(file)).toBe(true);
  return file;
}
