import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createRng } from '../../src/core/rng.js';
import { createAdapter } from '../../src/distillation/adapter.js';
import { unexplained } from '../../src/distillation/losses/attendedLayers.js';
import { attentionMapsLoss } from '../../src/distillation/losses/attentionMaps.js';
import { crdLoss, movedBank } from '../../src/distillation/losses/crd.js';
import { createExit } from '../../src/distillation/losses/exit.js';
import { graphLoss } from '../../src/distillation/losses/graph.js';
import { hintLoss } from '../../src/distillation/losses/hint.js';
import { losses } from '../../src/distillation/losses/registry.js';
import { hclLoss } from '../../src/distillation/losses/review.js';
import { unitRows } from '../../src/distillation/unitRows.js';
import type { Engine, HostTensor, Tensors } from '../../src/engines/Engine.js';
import { lossAndGradients } from '../../src/engines/lossAndGradients.js';
import { engines, openEngine } from '../../src/engines/registry.js';
import { mul, ones, sum, zeros, type Tensor, type Tensor4D } from '../../src/engines/tf.js';
import { trainModel } from '../../src/distillation/trainModel.js';
import { config, data, spec } from './shapes.js';

const nested: z.ZodType<unknown[]> = z.array(z.unknown());
const schema = z.record(z.string(), z.object({ inputs: z.record(z.string(), nested), value: z.number(), grad: z.record(z.string(), nested) })); // prettier-ignore
const goldens = schema.parse(JSON.parse(readFileSync('test/goldens/moreLosses.json', 'utf8')));
const older = z
  .object({ losses: z.record(z.string(), z.object({ inputs: z.record(z.string(), nested), value: z.number(), grad: nested })) })
  .parse(JSON.parse(readFileSync('test/goldens/losses.json', 'utf8'))).losses.review_hcl; // prettier-ignore

function host(values: unknown[]): HostTensor {
  const shape: number[] = [];
  for (let level: unknown = values; Array.isArray(level); level = level[0]) shape.push(level.length);
  return { shape, dtype: 'float32', data: Float32Array.from(values.flat(Infinity) as number[]) };
}

/** Batch norms as they begin. */
const fresh = (prefix: string, channels: number) => ({
  [`${prefix}gamma`]: ones([channels]),
  [`${prefix}beta`]: zeros([channels]),
});
const rest = {
  targets: undefined as never,
  oneHot: undefined as never,
  memory: {},
  remember: () => undefined,
  log: () => undefined,
};
const mapped = (x: Tensors, params: Tensors, how: Parameters<typeof createAdapter>[3]) => {
  const adapter = createAdapter(
    { student: 's', teacher: 't' },
    x.student.shape.slice(1),
    x.teacher.shape.slice(1),
    how,
  );
  const both = adapter.apply(x.student, x.teacher, params);
  return hintLoss(both.student, both.teacher);
};

const cases: Record<string, (x: Tensors) => Tensor> = {
  review: (x) =>
    losses.review.create({ student: ['a', 'b'], teacher: ['c', 'd'] }).value({
      ...rest,
      student: { logits: x.s0, taps: { a: x.s0, b: x.s1 } },
      teacher: { logits: x.t0, taps: { c: x.t0, d: x.t1 } },
      params: {
        '0/in/kernel': x.in0, ...fresh('0/in/', 5), '1/in/kernel': x.in1, ...fresh('1/in/', 5),
        '0/gate/kernel': x.gate, '0/gate/bias': x.gate_bias,
        '0/out/kernel': x.out0, ...fresh('0/out/', 3), '1/out/kernel': x.out1, ...fresh('1/out/', 6),
      },
    }),
  crd: ({ student, teacher, bank }) => crdLoss(unitRows(student), unitRows(teacher), bank, 0.07),
  graph: ({ student, teacher }) => graphLoss(student, teacher, { k: 3, edges: 2, nodes: 0.5 }),
  unexplained: ({ student, teacher }) => unexplained(student, teacher),
  attention_maps: ({ student, teacher }) => attentionMapsLoss(student, teacher),
  attention_maps_heads: ({ student, teacher }) => attentionMapsLoss(student, teacher),
  exit: ({ features, weights, ...params }) =>
    sum(mul(createExit('f', [4, 4, 5], 4).apply(features, { ...params, ...fresh('', 5) }, ''), weights)),
  adapter_conv_bn_relu: (x) => mapped(x, { kernel: x.kernel, ...fresh('', 6) }, { adapter: 'conv-bn-relu', gate: 'none' }),
  adapter_gated: (x) => mapped(x, { kernel: x.kernel, bias: zeros([3]), gate: x.gate }, { adapter: 'linear', gate: 'channels' }),
}; // prettier-ignore

const native = await engines.native.probe();
if (!native.available) it.skip(`losses on native: ${native.reason}; get it with: ${native.install}`);

describe.each(['onnx', 'wasm', ...(native.available ? ['native' as const] : [])] as const)(
  'further losses against PyTorch on %s',
  (name) => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await openEngine(name, { threads: 1 });
    });
    afterAll(() => engine.close());

    async function check(given: (typeof goldens)[string], compute: (x: Tensors) => Tensor) {
      const inputs = Object.fromEntries(Object.entries(given.inputs).map(([key, values]) => [key, host(values)]));
      const wanted = Object.keys(given.grad);
      const state = engine.createState(inputs);
      const step = await engine.compile(
        (all) => {
          const params = Object.fromEntries(wanted.map((key) => [key, all[key]]));
          const { loss, grads } = lossAndGradients(params, (own) => ({ loss: compute({ ...all, ...own }) }));
          return { outputs: { ...grads, loss } };
        },
        state.specs,
        {},
      );
      const out = await step.run(state, {});
      expect(Math.abs(out.loss.data[0] / given.value - 1)).toBeLessThan(1e-4);
      for (const key of wanted) {
        const expected = given.grad[key].flat(Infinity) as number[];
        const scale = Math.max(...expected.map(Math.abs));
        expected.forEach((g, i) => expect(Math.abs(out[key].data[i] - g) / scale, `${key} ${i}`).toBeLessThan(1e-3));
      }
      step.dispose();
      state.dispose();
    }

    it.each(Object.keys(cases))('%s: value and gradients', (key) => check(goldens[key], cases[key]));
    it('hierarchical context loss: the older golden', () =>
      check({ inputs: older.inputs, value: older.value, grad: { student: older.grad } }, ({ student, teacher }) =>
        hclLoss(student as Tensor4D, teacher as Tensor4D),
      ));

    it('the memory bank is first in, first out', async () => {
      const rows = (first: number, count: number) =>
        host(Array.from({ length: count }, (_, i) => [first + i, first + i]));
      const feeds = { bank: rows(100, 5), batch: rows(0, 2), large: rows(0, 9) };
      const step = await engine.compile(
        (_, { bank, batch, large }) => ({ outputs: { moved: movedBank(bank, batch), all: movedBank(bank, large) } }),
        {},
        feeds,
      );
      const { moved, all } = await step.run(engine.createState({}), feeds);
      expect([...moved.data].filter((_, i) => i % 2 === 0)).toEqual([0, 1, 100, 101, 102]);
      expect([...all.data].filter((_, i) => i % 2 === 0)).toEqual([0, 1, 2, 3, 4]);
    });

    const train = (loss: string, options: Record<string, unknown>, from = data, epochs = 2) =>
    trainModel({
      spec,
      data: from,
      engine,
      rng: createRng('more'),
      config: { ...config, epochs, losses: [{ loss: 'ce', weight: 1 }, { loss, weight: 0.5, options }] },
    }); // prettier-ignore

    it.each([
      ['crd', { bank: 64, dimensions: 8 }],
      ['crd', { bank: 0, dimensions: 8 }],
      ['graph', {}],
      ['hidden-states', {}],
      ['ofa', { exits: ['embedding'] }],
      ['hint', { adapter: 'conv-bn-relu', gate: 'channels' }],
      ['hint', { adapter: 'mlp', gate: 'positions' }],
      ['review', { student: ['embedding'], teacher: ['embedding'] }],
    ])('trains %s %j, and hands out the model alone', async (loss, options) => {
      const { metrics, variables } = await train(loss, options);
      expect(metrics[`loss_${loss}`]).toBeGreaterThan(0);
      expect(Object.keys(variables).filter((key) => /^(adapter|memory|opt)\//.test(key))).toEqual([]);
    });

    it('a teacher layer of pure noise loses its weight, which is logged', async () => {
      const rng = createRng('noise');
      const noise = Float32Array.from({ length: data.teacher!.rows * 5 }, () => rng.normal());
      const taps = { ...data.teacher!.taps, noise: { shape: [5], data: noise } };
      const noisy = { ...data, teacher: { ...data.teacher!, taps } };
      const { metrics } = await train('attended-layers', { teacher: ['noise', 'embedding'] }, noisy, 20);
      const [noiseWeight, weight] = [
        metrics['weight_attended-layers.noise'],
        metrics['weight_attended-layers.embedding'],
      ];
      expect(noiseWeight + weight).toBeCloseTo(1, 4);
      expect(noiseWeight).toBeLessThan(0.42);
    });
  },
);
