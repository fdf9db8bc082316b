// Text teachers that Hugging Face's transformers exported: test/goldens/onnx/makeText.py.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Dataset } from '../../src/data/Dataset.js';
import { swapped } from '../../src/data/text/paddingFirst.js';
import { readTextCsv } from '../../src/data/readers/textCsv.js';
import { openEngine } from '../../src/engines/registry.js';
import type { Engine } from '../../src/engines/Engine.js';
import type { GraphOptions } from '../../src/teachers/foreign/examineGraph.js';
import { importForeign } from '../../src/teachers/foreign/importForeign.js';
import { openTeacher } from '../../src/teachers/openTeacher.js';
import { readRecord } from '../../src/teachers/teacherFiles.js';

const goldens = 'test/goldens/onnx';
const listed = z.object({ shape: z.array(z.number()), data: z.array(z.number()) });
const answers = z.object({ ids: listed, logits: listed, hidden: listed });
const golden = z
  .object({ texts: z.array(z.string()), length: z.number(), bert: answers, roberta: answers })
  .parse(JSON.parse(readFileSync(join(goldens, 'text-golden.json'), 'utf8')));

let root: string;
let engine: Engine;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'nd-onnx-text-'));
  engine = await openEngine('onnx', { threads: 1 });
  const rows = golden.texts.map((text, i) => `${'abc'[i % 3]},"${text}"`);
  // Every class has enough texts for a split.
  writeFileSync(join(root, 'texts.csv'), ['label,text', ...rows, ...rows, ...rows, ...rows, ''].join('\n'));
});
afterAll(() => {
  engine.close();
  rmSync(root, { recursive: true });
});

const open = (tokenizer: string, tokens = golden.length) =>
  readTextCsv(join(root, 'texts.csv'), { tokenizer: join(goldens, tokenizer), tokens });

const take = (file: string, dataset: Dataset | undefined, onnx: GraphOptions = {}) =>
  importForeign({
    teachersDir: join(root, 'teachers'),
    name: 'reader',
    kind: 'onnx',
    path: file,
    classes: ['a', 'b', 'c'],
    normalisation: { mean: [], std: [] },
    probabilities: false,
    graph: onnx,
    ...(dataset === undefined ? {} : { examples: { dataset, indices: Int32Array.of(0, 1, 2, 3) } }),
  });

const near = (found: ArrayLike<number>, expected: readonly number[]) => {
  expect(found.length).toBe(expected.length);
  expected.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 4));
};

type Model = ReturnType<typeof onnxProto.onnx.ModelProto.decode>;
const decoded = (name: string): Model => onnxProto.onnx.ModelProto.decode(readFileSync(join(goldens, name)));
const edited = (change: (model: Model) => void, from = 'bert.onnx'): string => {
  const model = decoded(from);
  change(model);
  const file = join(root, 'edited.onnx');
  writeFileSync(file, onnxProto.onnx.ModelProto.encode(model).finish());
  return file;
};
/** The value from which the pooler or the classifier takes its tokens: the last layer normalisation's. */
const lastHidden = (name: string) =>
  (decoded(name).graph?.node ?? []).filter(({ opType }) => opType === 'LayerNormalization').at(-1)?.output?.[0] ?? '';

describe.each([
  ['bert', 0, ['mask', 'types']],
  ['roberta', 1, ['mask']],
] as const)('%s, exported by transformers', (name, padding, asked) => {
  it('reads our ids of its tokenizer, and answers texts as transformers does, a hidden state as a tap too', async () => {
    const dataset = await open(`${name}-tokenizer.json`);
    const expected = golden[name];
    const ids = dataset.text!.tokens.slice(0, expected.ids.data.length);
    expect([...ids]).toEqual(expected.ids.data.map((id) => swapped(id, padding)));

    const { record } = await take(join(goldens, `${name}.onnx`), dataset, {
      taps: { hidden: lastHidden(`${name}.onnx`) },
    });
    expect(record).toMatchObject({ kind: 'onnx', input: [golden.length], encoding: dataset.text!.encoding });
    expect(record.onnx?.tokens?.padding).toBe(padding === 0 ? undefined : padding);
    expect(Object.keys(record.onnx?.tokens ?? {})).toEqual(expect.arrayContaining([...asked]));

    const teacher = await openTeacher(join(root, 'teachers'), readRecord(join(root, 'teachers'), 'reader'));
    if ('members' in teacher) throw new Error('one teacher is expected');
    expect(teacher.taps).toEqual({ hidden: [golden.length, 8] });
    const samples = { shape: [4, golden.length], dtype: 'int32' as const, data: ids };
    const answering = await teacher.answers(engine, ['hidden'], samples);
    const out = await answering.run(samples);
    answering.dispose();
    near(out.logits.data, expected.logits.data);
    near(out['tap/hidden'].data, expected.hidden.data);
  });

  it('whose tokenizer lies beside it, and opens the same texts as the same data', async () => {
    const dataset = await open(`${name}-tokenizer.json`);
    await take(join(goldens, `${name}.onnx`), dataset);
    const beside = join(root, 'teachers', 'reader', 'tokenizer.json');
    const again = await readTextCsv(join(root, 'texts.csv'), { tokenizer: beside, tokens: golden.length });
    expect(again.digest).toBe(dataset.digest);
  });
});

it('inputs of strange names are taken by what is said of them', async () => {
  const dataset = await open('bert-tokenizer.json');
  const file = edited((model) => {
    const rename = (from: string, to: string) => {
      for (const port of model.graph?.input ?? []) if (port.name === from) port.name = to;
      for (const node of model.graph?.node ?? []) {
        node.input = (node.input ?? []).map((name) => (name === from ? to : name));
      }
    };
    rename('input_ids', 'x0');
    rename('attention_mask', 'x1');
    rename('token_type_ids', 'x2');
  });
  await expect(take(file, dataset)).rejects.toThrow('what its input x0 is for is not clear');
  const { record } = await take(file, dataset, { inputs: { ids: 'x0', mask: 'x1', types: 'x2' } });
  expect(record.onnx).toMatchObject({ input: 'x0', tokens: { mask: { name: 'x1' }, types: { name: 'x2' } } });
  await expect(take(file, dataset, { inputs: { ids: 'x9' } })).rejects.toThrow('it has no input "x9"');
});

describe('what is refused, in one line', () => {
  it('a text model without data of its kind', async () => {
    await expect(take(join(goldens, 'bert.onnx'), undefined)).rejects.toThrow(
      'it reads ids of tokens, and whose tokens is not known',
    );
  });

  it('a vocabulary that does not fit the teacher', async () => {
    // More ids than bert.onnx has words for.
    await expect(take(join(goldens, 'bert.onnx'), await open('roberta-tokenizer.json'))).rejects.toThrow(
      /does not know all \d+ ids of the data's tokenizer/,
    );
  });

  it('texts longer than the positions that it knows', async () => {
    await expect(take(join(goldens, 'bert.onnx'), await open('bert-tokenizer.json', 20))).rejects.toThrow(
      'asked for texts of 20 tokens',
    );
  });

  it('a fixed number of tokens that the data does not have', async () => {
    const file = edited((model) => {
      for (const { type } of model.graph?.input ?? []) {
        const dim = type?.tensorType?.shape?.dim?.[1];
        if (dim) Object.assign(dim, { dimParam: '', dimValue: 8 });
      }
    });
    await expect(take(file, await open('bert-tokenizer.json'))).rejects.toThrow('takes 8 tokens, the data has 12');
  });

  it('a layout, which texts do not have', async () => {
    const dataset = await open('bert-tokenizer.json');
    await expect(take(join(goldens, 'bert.onnx'), dataset, { layout: 'nchw' })).rejects.toThrow('have no layout');
  });

  it('a tokenizer without padding', async () => {
    const file = join(root, 'bare.json');
    const text = readFileSync(join(goldens, 'roberta-tokenizer.json'), 'utf8');
    writeFileSync(file, text.replaceAll('<pad>', '<fill>'));
    await expect(readTextCsv(join(root, 'texts.csv'), { tokenizer: file })).rejects.toThrow('has no padding token');
  });

  it('images for a teacher of texts', async () => {
    copyFileSync(join(goldens, 'cnn.onnx'), join(root, 'cnn.onnx'));
    await expect(take(join(root, 'cnn.onnx'), await open('bert-tokenizer.json'))).rejects.toThrow('it reads images');
  });
});
