import type { Rng } from '../core/rng.js';
import { activations, type ModelSpec, type NodeSpec } from '../models/ModelSpec.js';

type Draft = NodeSpec extends infer Node ? (Node extends NodeSpec ? Omit<Node, 'name' | 'inputs'> : never) : never;

/** A chain of layers; `reads` gives earlier layers by number (from 0) where a layer reads other than the one before. */
function chain(
  input: readonly number[],
  drafts: readonly (Draft & { readonly reads?: readonly number[] })[],
): ModelSpec {
  const nodes = drafts.map((draft, i) => {
    const { reads, ...options } = draft;
    const inputs = reads?.map((n) => `n${n}`) ?? [i === 0 ? 'input' : `n${i - 1}`];
    return { ...options, name: `n${i}`, inputs } as NodeSpec;
  });
  return { input, nodes, logits: `n${nodes.length - 1}`, taps: {} };
}

const conv = (filters: number, kernel = 3, stride = 1) =>
  ({ op: 'conv2d', filters, kernel, stride, padding: 'same', useBias: true }) as const;
const dense = (units: number) => ({ op: 'dense', units, useBias: true }) as const;
const head = [{ op: 'global_avg_pool' }, dense(10)] as const;

/**
 * Small models of layers that the calibrating spaces may not use: every activation on grids and on tokens, poolings, merges,
 * resizing, token layers. Without them a space of the user's own that has one could not be predicted.
 */
export function layerProbes(rng: Rng, count: number): ModelSpec[] {
  const kinds = [...activations.filter((name) => name !== 'linear').flatMap(activationProbes), ...layerKinds];
  return Array.from({ length: count }, (_, i) => kinds[i % kinds.length](rng));
}

function activationProbes(name: (typeof activations)[number]): ((rng: Rng) => ModelSpec)[] {
  const act = { op: 'activation', function: name } as const;
  return [
    (rng) => {
      const width = rng.pick([8, 16, 24, 48]);
      return chain(
        [rng.pick([14, 28, 40]), 28, 3],
        [
          ...[conv(width), act, conv(2 * width, 1), act, conv(width, 3, 2), { op: 'batch_norm' } as const, act],
          ...head,
        ],
      );
    },
    (rng) => {
      const width = rng.pick([16, 32, 64]);
      const tokens = rng.pick([4, 7]);
      return chain(
        [28, 28, 1],
        [
          conv(width, 28 / tokens, 28 / tokens),
          { op: 'reshape', shape: [tokens * tokens, width] },
          ...[dense(2 * width), act, dense(width), act],
          ...[{ op: 'global_avg_pool' } as const, dense(64), act, dense(10)],
        ],
      );
    },
  ];
}

const layerKinds: ((rng: Rng) => ModelSpec)[] = [
  (rng) => pooled('max_pool', rng),
  (rng) => pooled('avg_pool', rng),
  (rng) => {
    const width = rng.pick([8, 16, 32]);
    return chain(
      [rng.pick([14, 28]), 28, 3],
      [
        conv(width),
        conv(width),
        { op: 'concat', reads: [0, 1] },
        conv(width, 1),
        { op: 'add', reads: [3, 0] },
        { op: 'batch_norm' },
        { op: 'global_avg_pool', keepDims: true },
        { op: 'multiply', reads: [4, 6] },
        { op: 'layer_norm' },
        { op: 'layer_scale', init: 0.1 },
        ...head,
      ],
    );
  },
  (rng) => {
    const side = rng.pick([10, 20, 28]);
    return chain([28, 28, rng.pick([1, 3])], [{ op: 'resize', height: side, width: side }, conv(16), ...head]);
  },
  (rng) => {
    const width = rng.pick([16, 32, 64]);
    return chain(
      [28, 28, 1],
      [
        conv(width, 4, 4),
        { op: 'reshape', shape: [49, width] },
        { op: 'class_token' },
        { op: 'position_embedding' },
        { op: 'layer_norm' },
        { op: 'transpose' },
        dense(50),
        { op: 'transpose' },
        { op: 'attention', heads: 2 },
        { op: 'layer_scale', init: 0.1 },
        { op: 'add', reads: [4, 9] },
        { op: 'take_token', index: 0 },
        { op: 'layer_norm' },
        dense(10),
      ],
    );
  },
];

function pooled(op: 'max_pool' | 'avg_pool', rng: Rng): ModelSpec {
  const width = rng.pick([8, 16, 32, 64]);
  const size = rng.pick([2, 3]);
  return chain(
    [rng.pick([14, 28, 40]), 28, 3],
    [
      conv(width),
      { op, size, stride: 2, padding: 'same' },
      conv(width),
      { op, size, stride: 2, padding: 'same' },
      ...head,
    ],
  );
}
