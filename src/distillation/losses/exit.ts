import { NasDistillError } from '../../core/errors.js';
import type { Rng } from '../../core/rng.js';
import type { HostTensors, Tensors } from '../../engines/Engine.js';
import { add, depthwiseConv2d, matMul, mean, relu, reshape, type Tensor, type Tensor4D } from '../../engines/tf.js';
import { normaliseBatch } from '../../models/layers/normaliseBatch.js';
import { gridOf, toGrid } from '../adapter.js';
import { filled, randomTensor } from '../hostValues.js';

const epsilon = 1e-3;

/** A branch from a tap to logits, trained with the student and never exported nor counted. */
export interface Exit {
  init(rng: Rng): HostTensors;
  /** @returns logits [B, classes] */
  apply(features: Tensor, params: Tensors, prefix: string): Tensor;
}

/** Separable convolution, mean over positions, dense. @throws NasDistillError CONFIG for a tap that is no grid */
export function createExit(tap: string, shape: readonly number[], classes: number): Exit {
  const grid = gridOf(shape);
  if (grid === undefined) {
    throw new NasDistillError('CONFIG', `student tap ${tap} [${shape.join(', ')}] cannot have an exit branch`, {
      hint: 'Taps must be grids [H, W, C], square token sequences [T, C] or vectors [C].',
    });
  }
  const { channels } = grid;
  const spatial = grid.height > 1 || grid.width > 1;
  return {
    init: (rng) => ({
      ...(spatial ? { depthwise: randomTensor(rng.fork('depthwise'), [3, 3, channels, 1], 9) } : {}),
      pointwise: randomTensor(rng.fork('pointwise'), [channels, channels], channels),
      gamma: filled([channels], 1),
      beta: filled([channels], 0),
      dense: randomTensor(rng.fork('dense'), [channels, classes], channels),
      bias: filled([classes], 0),
    }),
    apply: (features, params, prefix) => {
      const p = (name: string) => params[prefix + name];
      let x: Tensor4D = toGrid(features, grid);
      const [batch] = x.shape;
      if (spatial) x = depthwiseConv2d(x, p('depthwise') as Tensor4D, 1, 'same');
      const rows = matMul(reshape(x, [-1, channels]), p('pointwise'));
      const { output } = normaliseBatch(rows, p('gamma'), p('beta'), epsilon);
      const pooled = mean(reshape(relu(output), [batch, -1, channels]), 1);
      return add(matMul(pooled, p('dense')), p('bias'));
    },
  };
}
