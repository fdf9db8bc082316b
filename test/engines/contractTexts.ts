import type { Tensors } from '../../src/engines/Engine.js';
import type * as tf from '../../src/engines/tf.js';
import { layers } from '../../src/models/layers/registry.js';
import type { NodeSpec } from '../../src/models/ModelSpec.js';
import type { ContractCase } from './contractCases.js';
import { ints, normal, type Input } from './contractInputs.js';

/** Two texts of five tokens at most, one of them shorter, with a word twice and one beyond a short vocabulary. */
const ids = ints([2, 5], [3, 1, 8, 3, 7, 2, 5, 0, 0, 0]);

/** A layer over tokens and, where it takes one, their mask; its stored tensors are inputs. */
function layer(
  name: string,
  options: Record<string, unknown>,
  inputs: Record<string, Input>,
  masked = false,
): ContractCase {
  const node = { name: 'n', inputs: ['x'], ...options } as unknown as NodeSpec;
  const mask = { name: 'm', op: 'token_mask', inputs: ['x'] } as NodeSpec;
  const apply = (spec: NodeSpec, given: tf.Tensor[], values: Tensors) =>
    layers[spec.op].apply(spec, given, {
      training: true,
      param: (param) => values[param],
      noise: () => {
        throw new Error('no noise here');
      },
      setStatistic: () => undefined,
      setExtra: () => undefined,
    });
  return {
    name,
    inputs: { ...inputs, ids },
    forwardOnly: false,
    f: (values) => {
      const x = node.op === 'embedding' ? values.ids : values.x;
      return apply(node, masked ? [x, apply(mask, [values.ids], values)] : [x], values);
    },
  };
}

const x = normal(2, 5, 4);

/** Layers of texts: test/models/textLayers.test.ts holds them against PyTorch, this against every engine. */
export const texts: ContractCase[] = [
  layer('embedding, words twice', { op: 'embedding', vocabulary: 9, width: 3 }, { table: normal(9, 3) }),
  layer('embedding of fewer words', { op: 'embedding', vocabulary: 6, width: 3, unknown: 1 }, { table: normal(6, 3) }),
  ...[false, true].map((masked) =>
    layer(
      `LSTM of both directions${masked ? ' over padding' : ''}`,
      { op: 'lstm', units: 3, bidirectional: true },
      { x, kernel: normal(4, 24), recurrent: normal(2, 3, 12), bias: normal(24) },
      masked,
    ),
  ),
  layer(
    'LSTM forwards',
    { op: 'lstm', units: 3, bidirectional: false },
    { x, kernel: normal(4, 12), recurrent: normal(1, 3, 12), bias: normal(12) },
  ),
  layer(
    'GRU of both directions over padding',
    { op: 'gru', units: 3, bidirectional: true },
    { x, kernel: normal(4, 18), recurrent: normal(2, 3, 9), bias: normal(18), candidate_bias: normal(6) },
    true,
  ),
  layer(
    'conv1d of 3',
    { op: 'conv1d', filters: 2, kernel: 3, useBias: true },
    { x, kernel: normal(3, 4, 2), bias: normal(2) },
  ),
  ...[false, true].map((masked) =>
    layer(
      `attention of two heads${masked ? ' over padding' : ''}`,
      { op: 'attention', heads: 2 },
      {
        x,
        query_kernel: normal(4, 4),
        query_bias: normal(4),
        key_kernel: normal(4, 4),
        key_bias: normal(4),
        value_kernel: normal(4, 4),
        value_bias: normal(4),
        output_kernel: normal(4, 4),
        output_bias: normal(4),
      },
      masked,
    ),
  ),
  layer('positions of tokens', { op: 'position_embedding' }, { x, embedding: normal(5, 4) }),
  layer(
    'GRU forwards',
    { op: 'gru', units: 3, bidirectional: false },
    { x, kernel: normal(4, 9), recurrent: normal(1, 3, 9), bias: normal(9), candidate_bias: normal(3) },
  ),
  layer(
    'conv1d of 4, no bias',
    { op: 'conv1d', filters: 3, kernel: 4, useBias: false },
    { x, kernel: normal(4, 4, 3) },
  ),
  layer('largest over the tokens', { op: 'global_max_pool' }, { x }, true),
  layer('mean over the tokens', { op: 'global_avg_pool' }, { x }, true),
];
