// Teachers that PyTorch exported: test/goldens/onnx/make.py.
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readForeignModel } from '../../src/engines/onnx/foreign/readForeignModel.js';
import { openEngine } from '../../src/engines/registry.js';
import type { Engine } from '../../src/engines/Engine.js';
import { modelSource } from '../../src/teachers/modelSource.js';
import type { GraphOptions } from '../../src/teachers/foreign/examineGraph.js';
import { importForeign } from '../../src/teachers/foreign/importForeign.js';
import { openTeacher } from '../../src/teachers/openTeacher.js';
import { readRecord } from '../../src/teachers/teacherFiles.js';

const goldens = 'test/goldens/onnx';
const listed = z.object({ shape: z.array(z.number()), data: z.array(z.number()) });
const golden = z.record(z.string(), listed).parse(JSON.parse(readFileSync(join(goldens, 'golden.json'), 'utf8')));
const image = { ...golden.image, dtype: 'float32' as const, data: Float32Array.from(golden.image.data) };

let root: string;
let engine: Engine;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'nd-onnx-'));
  engine = await openEngine('onnx', { threads: 1 });
});
afterAll(() => {
  engine.close();
  rmSync(root, { recursive: true });
});

const take = (file: string, onnx: GraphOptions = {}, probabilities = false, classes = ['a', 'b', 'c', 'd']) =>
  importForeign({
    teachersDir: join(root, 'teachers'),
    name: 'torch',
    kind: 'onnx',
    path: file,
    classes,
    normalisation: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
    probabilities,
    graph: onnx,
  });

const near = (found: ArrayLike<number>, expected: readonly number[], digits = 5) => {
  expect(found.length).toBe(expected.length);
  expected.forEach((value, i) => expect(found[i]).toBeCloseTo(value, digits));
};

const decoded = (name = 'cnn.onnx') => onnxProto.onnx.ModelProto.decode(readFileSync(join(goldens, name)));
const edited = (name: string, change: (model: ReturnType<typeof decoded>) => void, from = 'cnn.onnx'): string => {
  const model = decoded(from);
  change(model);
  const file = join(root, name);
  writeFileSync(file, onnxProto.onnx.ModelProto.encode(model).finish());
  return file;
};
const stored = async () => {
  const teacher = await openTeacher(join(root, 'teachers'), readRecord(join(root, 'teachers'), 'torch'));
  if ('members' in teacher) throw new Error('one teacher is expected');
  return teacher;
};
/** The graph's value of an operator, the last one of it unless told otherwise. */
const valueOf = (op: string, at = -1) =>
  (decoded().graph?.node ?? []).filter((node) => node.opType === op).at(at)?.output?.[0] ?? '';

describe('a model exported by PyTorch', () => {
  const taps = { grid: valueOf('Relu'), maps: valueOf('Softmax'), tokens: valueOf('Add') };

  it.each(['cnn.onnx', 'external.onnx'])(
    '%s answers as PyTorch does, logits and named taps in our layout',
    async (name) => {
      const { record } = await take(join(goldens, name), { taps });
      expect(record).toMatchObject({ kind: 'onnx', input: [8, 8, 3], onnx: { layout: 'nchw', batch: null } });
      const teacher = await stored();
      expect(teacher.taps).toEqual({ grid: [4, 4, 6], maps: [2, 16, 16], tokens: [16, 6] });
      const answering = await teacher.answers(engine, ['grid', 'maps', 'tokens'], image);
      const out = await answering.run(image);
      near(out.logits.data, golden.logits.data);
      near(out['tap/grid'].data, golden.grid.data);
      near(out['tap/maps'].data, golden.weights.data);
      near(out['tap/tokens'].data, golden.mixed.data);
      answering.dispose();
    },
  );

  it('whose weights lie behind 2 GB of others: only what is its own is read', () => {
    const dir = join(root, 'large');
    mkdirSync(dir);
    const start = 2 ** 31 + 4096;
    const file = edited(
      'large/external.onnx',
      (model) => {
        const outside = (model.graph?.initializer ?? []).filter(({ externalData }) => (externalData ?? []).length > 0);
        expect(outside).not.toHaveLength(0);
        for (const { externalData } of outside) {
          const own = Number(externalData!.find(({ key }) => key === 'offset')?.value ?? 0);
          const others = externalData!.filter(({ key }) => key !== 'offset');
          externalData!.splice(0, Infinity, ...others, { key: 'offset', value: String(start + own) });
        }
      },
      'external.onnx',
    );
    const data = join(dir, 'external.onnx.data');
    writeFileSync(data, '');
    truncateSync(data, start);
    appendFileSync(data, readFileSync(join(goldens, 'external.onnx.data')));
    expect(readForeignModel(file).digest).toBe(readForeignModel(join(goldens, 'external.onnx')).digest);
  });

  it('offers every value of its graph under its own name where none is named', async () => {
    const { record } = await take(join(goldens, 'cnn.onnx'));
    expect(Object.keys(record.onnx?.taps ?? {})).toEqual(expect.arrayContaining(Object.values(taps)));
    expect(record.onnx?.taps).not.toHaveProperty('logits');
  });

  it('with a fixed batch of 1 and a softmax is asked image by image', async () => {
    await take(join(goldens, 'fixed.onnx'), {}, true);
    const teacher = await stored();
    const answering = await teacher.answers(engine, [], image);
    const { logits } = await answering.run(image);
    answering.dispose();
    for (let row = 0; row < 3; row++) {
      const own = golden.logits.data.slice(4 * row, 4 * row + 4);
      const sum = Math.log(own.reduce((total, value) => total + Math.exp(value), 0));
      near(
        logits.data.subarray(4 * row, 4 * row + 4),
        own.map((value) => value - sum),
        3,
      );
    }
  });

  it('whose stored file was changed is refused', async () => {
    await take(join(goldens, 'cnn.onnx'));
    const file = join(root, 'teachers', 'torch', 'model', 'model.onnx');
    writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from([0])]));
    await expect(openTeacher(join(root, 'teachers'), readRecord(join(root, 'teachers'), 'torch'))).rejects.toThrow(
      'has changed since it was imported',
    );
  });
});

describe('what is refused, in one line', () => {
  const cut = () => {
    const bytes = readFileSync(join(goldens, 'cnn.onnx'));
    const file = join(root, 'cut.onnx');
    writeFileSync(file, bytes.subarray(0, bytes.length - 2000));
    return file;
  };
  const text = () => {
    const file = join(root, 'text.onnx');
    writeFileSync(file, 'this is a text and not a model');
    return file;
  };
  const weight = (model: ReturnType<typeof decoded>) => model.graph!.initializer![0];
  const outside = (location: string) => () =>
    edited(`outside.onnx`, (model) => {
      const tensor = weight(model);
      tensor.dataLocation = onnxProto.onnx.TensorProto.DataLocation.EXTERNAL;
      tensor.externalData = [{ key: 'location', value: location }];
    });
  const linked = () => {
    symlinkSync('/etc/hostname', join(root, 'link.data'));
    return outside('link.data')();
  };
  const short = () => {
    const dir = join(root, 'short');
    mkdirSync(dir);
    copyFileSync(join(goldens, 'external.onnx'), join(dir, 'external.onnx'));
    writeFileSync(join(dir, 'external.onnx.data'), Buffer.alloc(100));
    return join(dir, 'external.onnx');
  };
  const cases: [string, () => string, string, GraphOptions?][] = [
    ['a file cut short', cut, 'not an ONNX model, or cut short'],
    ['a text', text, 'not an ONNX model'],
    ['a weight of another size', () => edited('a.onnx', (m) => void (weight(m).dims = [1_000_000_000])), 'needs 4000000000'],
    ['a negative size', () => edited('b.onnx', (m) => void (weight(m).dims = [-4])), 'has the shape [-4]'],
    ['weights above its directory', outside('../secret.bin'), 'lies outside: "../secret.bin"'],
    ['weights behind a link', linked, 'is a link'],
    ['weights that are missing', outside('none.data'), 'is missing'],
    ['weights cut short', short, 'are needed'],
    [
      'a custom operator',
      () => edited('c.onnx', (m) => Object.assign(m.graph!.node![0], { domain: 'acme', opType: 'Run', name: 'n1' })),
      'node "n1" needs the operator acme.Run',
    ],
    ['an operator that does not exist', () => edited('d.onnx', (m) => void (m.graph!.node![0].opType = 'Nope')), 'Nope'],
    ['a tap that does not exist', () => join(goldens, 'cnn.onnx'), 'tap b: the graph has no value "relu_99"', { taps: { b: 'relu_99' } }],
    ['an output that does not exist', () => join(goldens, 'cnn.onnx'), 'it has no output "scores"', { output: 'scores' }],
    ['the other layout', () => join(goldens, 'cnn.onnx'), 'channels', { layout: 'nhwc' }],
  ]; // prettier-ignore
  it.each(cases)('%s', async (_what, file, message, options) => {
    const error: unknown = await take(file(), options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain('\n');
  });

  it('probabilities taken for logits, and a wrong number of classes', async () => {
    await expect(take(join(goldens, 'fixed.onnx'))).rejects.toThrow('its outputs are probabilities');
    await expect(take(join(goldens, 'cnn.onnx'), {}, false, ['a', 'b'])).rejects.toThrow('2 classes were given');
  });

  it('SavedModels and Keras files, with the command that converts them', () => {
    const saved = join(root, 'saved');
    mkdirSync(saved);
    writeFileSync(join(saved, 'saved_model.pb'), 'x');
    const h5 = join(root, 'm.h5');
    writeFileSync(h5, Buffer.from('89484446 0d0a1a0a'.replace(' ', ''), 'hex'));
    const keras = join(root, 'm.keras');
    writeFileSync(keras, 'PK\u0003\u0004....');
    expect(modelSource(saved)).toBe('saved-model');
    expect(() => modelSource(h5)).toThrow(`${h5}: a Keras file (HDF5), which is not read as it is`);
    expect(() => modelSource(keras)).toThrow(`${keras}: a Keras file (.keras), which is not read as it is`);
    expect(() => modelSource(join(root, 'none'))).toThrow('missing');
  });
});
