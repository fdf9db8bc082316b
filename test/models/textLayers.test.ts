import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Engine, HostTensor, Tensors } from '../../src/engines/Engine.js';
import { specsOf } from '../../src/engines/hostTensors.js';
import { lossAndGradients } from '../../src/engines/lossAndGradients.js';
import { openEngine } from '../../src/engines/registry.js';
import { mul, sum, type Scalar, type Tensor } from '../../src/engines/tf.js';
import { layers } from '../../src/models/layers/registry.js';
import type { LayerContext } from '../../src/models/layers/LayerEntry.js';
import type { NodeSpec } from '../../src/models/ModelSpec.js';
import { openReferenceEngine } from '../engines/referenceEngine.js';
import { distance } from './onWasm.js';

// test/goldens/text.json: PyTorch in float64 (text.py beside it).
const stored = z.object({ shape: z.array(z.number()), data: z.array(z.number()) });
const caseSchema = z.object({
  inputs: z.record(z.string(), stored),
  params: z.record(z.string(), stored),
  weights: stored,
  output: stored,
  grads: z.record(z.string(), stored),
  ids: stored.optional(),
});
type Case = z.infer<typeof caseSchema>;
const both = z.object({ plain: caseSchema, masked: caseSchema });
const golden = z
  .object({
    mask: stored,
    lstm: both,
    gru: both,
    attention: caseSchema,
    conv1d: z.record(z.string(), caseSchema),
    embedding: caseSchema,
    pools: z.object({ max: caseSchema, mean: caseSchema }),
  })
  .parse(JSON.parse(readFileSync('test/goldens/text.json', 'utf8')));

const host = ({ shape, data }: z.infer<typeof stored>): HostTensor => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from(data),
});

/** A node of these options; its inputs and its mask are given apart. */
const node = (options: Record<string, unknown>) => ({ name: 'n', inputs: ['x'], ...options }) as unknown as NodeSpec;

async function check(engine: Engine, spec: NodeSpec, one: Case, mask?: HostTensor): Promise<void> {
  const values = Object.fromEntries(
    Object.entries({ ...one.inputs, ...one.params }).map(([name, value]) => [name, host(value)]),
  );
  const ids = one.ids && {
    ids: { shape: one.ids.shape, dtype: 'int32' as const, data: Int32Array.from(one.ids.data) },
  };
  const feeds = { weights: host(one.weights), ...(mask ? { mask } : {}), ...ids };
  const state = engine.createState(values);
  const step = await engine.compile(
    (held, fed) => {
      const apply = (training: boolean, given: Tensors): Tensor => {
        const context: LayerContext = {
          training,
          param: (name) => given[name],
          noise: () => {
            throw new Error('no noise here');
          },
          setStatistic: () => undefined,
          setExtra: () => undefined,
        };
        const x: Tensor = one.ids ? fed.ids : given.x;
        return layers[spec.op].apply(spec, mask ? [x, fed.mask] : [x], context);
      };
      const { grads, aux } = lossAndGradients(held, (given: Tensors) => {
        const output = apply(true, given);
        return { loss: sum(mul(output, fed.weights)) as Scalar, aux: { output } };
      });
      const named = Object.fromEntries(Object.entries(grads).map(([name, value]) => [`grad ${name}`, value]));
      return { outputs: { ...aux, ...named, inference: apply(false, held) } };
    },
    state.specs,
    specsOf(feeds),
  );
  const outputs = await step.run(state, feeds);
  step.dispose();
  state.dispose();
  const expected = { output: one.output, inference: one.output, ...Object.fromEntries(Object.entries(one.grads).map(([n, g]) => [`grad ${n}`, g])) }; // prettier-ignore
  expect(Object.keys(outputs).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, { shape, data }] of Object.entries(expected)) {
    const size = Math.max(1, ...data.map(Math.abs));
    expect(outputs[name].shape, name).toEqual(shape);
    expect(distance(outputs[name].data, data) / size, name).toBeLessThan(1e-5);
  }
}

describe.each(['onnx', 'wasm', 'reference'] as const)('layers of texts on %s equal PyTorch', (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = name === 'reference' ? await openReferenceEngine() : await openEngine(name, { threads: 1 });
  });
  afterAll(() => engine.close());
  const mask = host(golden.mask);

  test.each(['lstm', 'gru'] as const)('%s, both directions, with and without padding', async (op) => {
    const spec = node({ op, units: 3, bidirectional: true });
    await check(engine, spec, golden[op].plain);
    await check(engine, spec, golden[op].masked, mask);
  });
  test('attention that does not look at padding', () =>
    check(engine, node({ op: 'attention', heads: 2 }), golden.attention, mask));
  test.each(Object.keys(golden.conv1d))('conv1d of kernel %s', (kernel) =>
    check(engine, node({ op: 'conv1d', filters: 3, kernel: Number(kernel), useBias: true }), golden.conv1d[kernel]),
  );
  test('embedding', () => check(engine, node({ op: 'embedding', vocabulary: 9, width: 4 }), golden.embedding));
  test('pooling over the tokens', async () => {
    await check(engine, node({ op: 'global_max_pool' }), golden.pools.max, mask);
    await check(engine, node({ op: 'global_avg_pool' }), golden.pools.mean, mask);
  });
});
