// Teachers that TensorFlow saved: test/goldens/savedModel/make.py.
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readTextCsv } from '../../src/data/readers/textCsv.js';
import { readSavedModel } from '../../src/engines/native/savedModel/readSavedModel.js';
import { engines, openEngine } from '../../src/engines/registry.js';
import type { GraphOptions } from '../../src/teachers/foreign/examineGraph.js';
import { importForeign } from '../../src/teachers/foreign/importForeign.js';
import { openTeacher } from '../../src/teachers/openTeacher.js';
import { readRecord } from '../../src/teachers/teacherFiles.js';

const goldens = 'test/goldens/savedModel';
const listed = z.object({ shape: z.array(z.number()), data: z.array(z.number()) });
const golden = z.record(z.string(), listed).parse(JSON.parse(readFileSync(join(goldens, 'golden.json'), 'utf8')));

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'nd-saved-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const near = (found: ArrayLike<number>, expected: readonly number[]) => {
  expect(found.length).toBe(expected.length);
  expected.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 5));
};

const digestOf = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');

const copied = (name: string): string => {
  const dir = join(root, `copy-${Math.random()}`);
  cpSync(join(goldens, name), dir, { recursive: true });
  return dir;
};

describe('read as data', () => {
  it('its signature, its parameters and the version that made it', () => {
    const graph = readSavedModel(join(goldens, 'image'));
    expect(graph.inputs).toEqual([{ name: 'image', type: 'FLOAT', dims: [null, 8, 8, 3] }]);
    expect(graph.outputs.map(({ name }) => name).sort()).toEqual(['grid', 'logits']);
    expect(graph.params).toBe(3 * 3 * 3 * 4 + 4 + 4 * 3);
    expect(graph.producer).toMatch(/^TensorFlow \d+\.\d+/);
  });

  it('files of more than 2 GB, which Node cannot read at once, and the last byte of them counts', () => {
    const large = copied('image');
    const file = join(large, 'variables', 'variables.data-00001-of-00002');
    writeFileSync(file, '');
    // A hole of 2 GiB: it takes no room on the disk.
    truncateSync(file, 2 ** 31);
    appendFileSync(file, 'x');
    const names = ['saved_model.pb', 'variables/variables.data-00000-of-00001', 'variables/variables.data-00001-of-00002', 'variables/variables.index']; // prettier-ignore
    // By Python's hashlib, of 2^31 zeros and an x.
    const known = '4ec7c05249cde176c7277af25f400dc66e87fabf7158179a191562d4338c42d3';
    const lines = names.map((name) => `${name} ${name.includes('00001-of-00002') ? known : digestOf(readFileSync(join(large, name)))}\n`); // prettier-ignore
    expect(readSavedModel(large).digest).toBe(digestOf(lines.join('')));
  });

  it('one that writes a file when it answers is refused, in a function that it calls too', () => {
    expect(() => readSavedModel(join(goldens, 'writes'))).toThrow(/is a WriteFile, which reaches out of the model/);
  });

  it('one cut short, without variables, or with links is refused', () => {
    const cut = copied('image');
    truncateSync(join(cut, 'saved_model.pb'), 3000);
    expect(() => readSavedModel(cut)).toThrow('not a SavedModel, or cut short');
    const bare = copied('image');
    rmSync(join(bare, 'variables'), { recursive: true });
    expect(() => readSavedModel(bare)).toThrow('variables/variables.index is missing');
    const linked = copied('image');
    symlinkSync('/etc/hostname', join(linked, 'variables', 'more'));
    expect(() => readSavedModel(linked)).toThrow('variables/more is a link');
  });
});

const take = (dir: string, graph: GraphOptions = { output: 'logits' }, examples?: Parameters<typeof importForeign>[0]['examples']) =>
  importForeign({
    teachersDir: join(root, 'teachers'),
    name: 'saved',
    kind: 'saved-model',
    path: dir,
    classes: ['a', 'b', 'c'],
    normalisation: examples === undefined ? { mean: [0, 0, 0], std: [1, 1, 1] } : { mean: [], std: [] },
    probabilities: false,
    graph,
    ...(examples === undefined ? {} : { examples }),
  }); // prettier-ignore

const probe = await engines.native.probe();

it.runIf(!probe.available)('without the native engine: one line that says how to get it', async () => {
  await expect(take(join(goldens, 'image'))).rejects.toMatchObject({ code: 'ENGINE_MISSING' });
});

describe.runIf(probe.available)('a SavedModel on the native engine', () => {
  const stored = async () => {
    const teacher = await openTeacher(join(root, 'teachers'), readRecord(join(root, 'teachers'), 'saved'));
    if ('members' in teacher) throw new Error('one teacher is expected');
    return teacher;
  };

  it('answers images as TensorFlow does, its other outputs are taps', async () => {
    const { record } = await take(join(goldens, 'image'));
    expect(record).toMatchObject({
      kind: 'saved-model',
      input: [8, 8, 3],
      savedModel: { layout: 'nhwc', batch: null },
    });
    const teacher = await stored();
    expect(teacher.taps).toEqual({ grid: [4, 4, 4] });
    const engine = await openEngine('native', { threads: 1 });
    const image = { ...golden.image, dtype: 'float32' as const, data: Float32Array.from(golden.image.data) };
    const answering = await teacher.answers(engine, ['grid'], image);
    const out = await answering.run(image);
    near(out.logits.data, golden.logits.data);
    near(out['tap/grid'].data, golden.grid.data);
    answering.dispose();
    engine.close();
  });

  it('answers texts: ids and mask of 64 bits', async () => {
    const texts = join(root, 'texts.csv');
    const rows = Array.from({ length: 12 }, (_, i) => `${'abc'[i % 3]},"word${i} and one more"`);
    writeFileSync(texts, ['label,text', ...rows].join('\n'));
    const dataset = await readTextCsv(texts, { tokens: 5, vocabulary: 20 });
    await take(join(goldens, 'text'), {}, { dataset, indices: Int32Array.of(0, 1) });
    const teacher = await stored();
    const engine = await openEngine('native', { threads: 1 });
    const ids = { ...golden.ids, dtype: 'int32' as const, data: Int32Array.from(golden.ids.data) };
    const answering = await teacher.answers(engine, [], ids);
    near((await answering.run(ids)).logits.data, golden.text.data);
    answering.dispose();
    engine.close();
    expect(existsSync(join(root, 'teachers', 'saved', 'tokenizer.json'))).toBe(true);
  });

  it('of several outputs takes the one named logits, or the one that is asked for', async () => {
    await take(join(goldens, 'image'), {});
    await expect(take(join(goldens, 'image'), { output: 'scores' })).rejects.toThrow('it has no output "scores"');
  });

  it('whose stored files were changed is refused', async () => {
    await take(join(goldens, 'image'));
    const file = join(root, 'teachers', 'saved', 'model', 'saved_model.pb');
    writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from([0])]));
    await expect(stored()).rejects.toThrow(/has changed since it was imported|cut short/);
  });
});
