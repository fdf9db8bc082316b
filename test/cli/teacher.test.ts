import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/openStore.js';
import { runHere } from './runHere.js';
import { writeStripes } from './stripes.js';

// Models of TensorFlow's converter, their outputs in the order 2, 0, 1.
const models = fileURLToPath(new URL('../goldens/teachers', import.meta.url));
let root: string;
const at = (...parts: string[]) => join(root, ...parts);
const run = (...words: string[]) => runHere(['--results', at('results'), ...words]);

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'teacher-cli-'));
  writeStripes(at('stripes'), 300, 60);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const scaled = ['--mean', '0.5', '--std', '0.25'];
const take = (model: string, ...words: string[]) =>
  run('teacher', 'import', join(models, model), '--name', model, ...scaled, ...words);

describe('teacher import on the command line', () => {
  it('takes in a GraphModel and checks it on the data', async () => {
    const ended = await take('graph', '--data', at('stripes'), '--classes', '2,0,1', '--json');
    expect(ended.code).toBe(0);
    const document = z.object({ kind: z.string(), validation: z.number() }).parse(JSON.parse(ended.stdout));
    expect(document.kind).toBe('graph-model');
    expect(document.validation).toBeGreaterThan(0.9);
  });

  it('takes in a LayersModel, evaluates and lists it', async () => {
    const ended = await take('layers', '--classes', '2,0,1', '--probabilities');
    expect(ended.stdout).toMatch(/513 parameters\ninput 12x12x1, 3 classes: 2, 0, 1/);
    const evaluated = await run('teacher', 'eval', 'layers', '--data', at('stripes'), '--json');
    expect(z.object({ accuracy: z.number() }).parse(JSON.parse(evaluated.stdout)).accuracy).toBeGreaterThan(0.9);
    expect((await run('teacher', 'list')).stdout).toContain('layers');
    const elsewhere = await run('teacher', 'eval', 'layers', '--data', at('stripes'), '--engine', 'onnx');
    expect(elsewhere.stderr).toMatch(
      /teacher layers was imported and answers on wasm only .*\n.*Leave out --engine onnx/,
    );
    expect(elsewhere.code).toBe(4);
  });

  it('takes in an ONNX file, shows its taps and says where it does not cover the data', async () => {
    const torch = fileURLToPath(new URL('../goldens/onnx/cnn.onnx', import.meta.url));
    const pixels = ['--mean', '0.5,0.5,0.5', '--std', '0.5,0.5,0.5'];
    const words = ['teacher', 'import', torch, '--name', 'torch', '--classes', 'a,b,c,d', ...pixels];
    expect((await run(...words)).stdout).toMatch(/ONNX of pytorch .*\ninput 8x8x3, 4 classes: a, b, c, d/);
    expect((await run('teacher', 'show', 'torch')).stdout).toMatch(/\[2, 16, 16\]/);
    const bad = await run(...words, '--layout', 'chwn');
    expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining('--layout must be nchw')]);
    const tfjs = await take('layers', '--classes', '2,0,1', '--probabilities', '--layout', 'nchw');
    expect([tfjs.code, tfjs.stderr]).toEqual([2, expect.stringContaining('--layout is for ONNX files')]);
    const eye = await run('teacher', 'eval', 'layers', '--data', at('stripes'), '--json');
    const { coverage } = z
      .object({ coverage: z.object({ warnings: z.array(z.string()) }) })
      .parse(JSON.parse(eye.stdout));
    expect(coverage.warnings).toEqual([]);
    await run(
      'teacher',
      'import',
      join(models, 'graph'),
      '--name',
      'dark',
      '--classes',
      '2,0,1',
      '--mean',
      '9',
      '--std',
      '0.25',
    );
    const lost = await run('teacher', 'eval', 'dark', '--data', at('stripes'));
    expect(lost.stderr).toMatch(
      /warning: teacher dark does not cover stripes, and may teach noise: .*it never answers/,
    );
  });

  it('warns where it hardly knows the images: other normalisation', async () => {
    const words = ['--data', at('stripes'), '--classes', '2,0,1'];
    const ended = await run(
      'teacher',
      'import',
      join(models, 'graph'),
      '--name',
      'dim',
      '--mean',
      '9',
      '--std',
      '0.25',
      ...words,
    );
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/warning: only .* % of the validation images of stripes are right: are --mean, --std/);
  });

  const refused: [string, string[], number, RegExp][] = [
    ['graph', ['--data', 'DATA'], 6, /its classes come in another order.*\n.*--classes 2,0,1/],
    ['graph', ['--classes', '2,0'], 6, /its output is \[3\], but 2 classes were given/],
    ['graph', [], 2, /the order of the classes is not known/],
    ['layers', ['--classes', '2,0,1'], 6, /its outputs are probabilities.*\n.*Add --probabilities/],
    ['graph', ['--classes', '2,0,1', '--probabilities'], 6, /no probabilities/],
    [
      'graph',
      ['--classes', '2,0,1', '--data', 'DATA', '--image-size', '24'],
      2,
      /12x12, which are not resized to 24x24/,
    ],
    ['graph', ['--classes', '2,0,2'], 6, /the class "2" is named twice/],
    ['graph', ['--classes', '2,0,1', '--std', '0'], 6, /0 cannot be a mean or standard deviation/],
    ['graph', ['--classes', '2,,1'], 2, /'2,,1' is invalid/],
    ['nowhere', ['--classes', 'a,b'], 6, /nowhere: missing.*\n.*model\.json\) or of a SavedModel, or an \.onnx file/],
  ];
  for (const [model, words, code, says] of refused) {
    it(`refuses ${model} ${words.join(' ')}`, async () => {
      const ended = await take(model, ...words.map((word) => (word === 'DATA' ? at('stripes') : word)));
      expect(ended.stderr).toMatch(says);
      expect(ended.code).toBe(code);
      expect(ended.stdout).toBe('');
    });
  }

  it.each(['onnx', 'wasm'])('teaches a search whose students run on %s', async (engine) => {
    expect((await take('graph', '--classes', '2,0,1')).code).toBe(0);
    const words = ['--data', at('stripes'), '--space', 'minimal', '--teacher', 'graph', '--engine', engine];
    const brief = ['--study', engine, '--trials', '2', '--epochs', '1', '--workers', '1', '--no-report', '--json'];
    const ended = await run('search', ...words, ...brief);
    expect(ended.code).toBe(0);
    const { teacher, counts } = z
      .object({ teacher: z.object({ accuracy: z.number() }), counts: z.record(z.string(), z.number()) })
      .parse(JSON.parse(ended.stdout));
    expect(teacher.accuracy).toBeGreaterThan(0.9);
    expect(counts.COMPLETE).toBeGreaterThanOrEqual(2);
    expect(counts.FAILED).toBeUndefined();
  });

  it('several teach a search, which keeps how they cover the data', async () => {
    expect((await take('graph', '--classes', '2,0,1')).code).toBe(0);
    expect((await take('layers', '--classes', '2,0,1', '--probabilities')).code).toBe(0);
    const words = ['--data', at('stripes'), '--space', 'minimal', '--teacher', 'graph=2,layers'];
    const brief = ['--study', 'team', '--trials', '1', '--epochs', '1', '--workers', '1', '--no-report', '--json'];
    const ended = await run('search', ...words, ...brief);
    expect([ended.code, ended.stderr]).toEqual([0, expect.not.stringContaining('does not cover')]);
    expect(JSON.parse(ended.stdout)).toMatchObject({ teacher: { name: 'graph=2,layers' } });
    const store = openStore(at('results', 'nas-distill.db'), { readonly: true });
    const { settings, facts } = store.study('team') ?? {};
    store.close();
    expect(settings).toMatchObject({ teacher: 'graph=2,layers' });
    expect(facts).toMatchObject({ coverage: { neverPredicted: [], warnings: [] } });
    const wrong = await run('teacher', 'eval', 'graph=-1,layers', '--data', at('stripes'));
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('the weight of graph is -1, above 0')]);
  });

  it('a folder of any name gives the teacher a name that can be stored', async () => {
    cpSync(at('stripes'), at('my stripes & dots'), { recursive: true });
    const words = ['--data', at('my stripes & dots'), '--epochs', '1', '--json'];
    const ended = await run('teacher', 'train', 'mixer', ...words);
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ name: 'mixer-tiny-my_stripes_dots' });
  });

  it('does not train what it could not store', async () => {
    writeFileSync(at('file'), '');
    const words = ['teacher', 'train', 'mixer', '--data', at('stripes'), '--epochs', '1'];
    const ended = await runHere(['--results', at('file', 'below'), ...words]);
    expect(ended.stderr).toMatch(/^nas-distill: cannot write .*file: a part of the path is a file/);
    expect(ended.code).toBe(5);
  });

  it('keeps the stored teacher when another of its name is refused', async () => {
    const file = at('results', 'teachers', 'graph', 'teacher.json');
    expect(existsSync(file)).toBe(true);
    const before = readFileSync(file, 'utf8');
    const ended = await run(
      'teacher',
      'import',
      join(models, 'layers'),
      '--name',
      'graph',
      '--classes',
      'a,b',
      ...scaled,
    );
    expect(ended.code).toBe(6);
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect((await run('teacher', 'show', 'graph')).code).toBe(0);
  });
});
