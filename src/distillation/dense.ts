import type { Rng } from '../core/rng.js';
import type { HostTensors, Tensors } from '../engines/Engine.js';
import { add, conv2d, matMul, reshape, type Tensor, type Tensor4D } from '../engines/tf.js';
import { normaliseBatch } from '../models/layers/normaliseBatch.js';
import { filled, randomTensor } from './hostValues.js';

const epsilon = 1e-3;

/** First values of a linear map over channels: `kernel` and `bias`. */
export function linearValues(rng: Rng, from: number, to: number): HostTensors {
  return { kernel: randomTensor(rng, [from, to], from), bias: filled([to], 0) };
}

/** First values of a batch norm: `gamma` and `beta`. Adapters live in training only: it has no moving averages. */
export function normValues(channels: number): HostTensors {
  return { gamma: filled([channels], 1), beta: filled([channels], 0) };
}

/** Values under a prefix. */
export function prefixed(prefix: string, values: HostTensors): HostTensors {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}

/** A linear map over the last axis of [..., C], by `PREFIXkernel` and, if there is one, `PREFIXbias`. */
export function linear(x: Tensor, params: Tensors, prefix = ''): Tensor {
  const channels = x.shape[x.rank - 1];
  const kernel = params[`${prefix}kernel`];
  const bias: Tensor | undefined = params[`${prefix}bias`];
  const product = matMul(reshape(x, [-1, channels]), kernel);
  const mapped = bias === undefined ? product : add(product, bias);
  return reshape(mapped, [...x.shape.slice(0, -1), kernel.shape[1] ?? 0]);
}

/** Batch norm by the batch's own statistics over all axes but the last. */
export function batchNormed(x: Tensor, params: Tensors, prefix = ''): Tensor {
  return normaliseBatch(x, params[`${prefix}gamma`], params[`${prefix}beta`], epsilon).output;
}

/** 3x3 convolution, same padding, no bias. */
export function conv3x3(x: Tensor4D, kernel: Tensor): Tensor4D {
  return conv2d(x, kernel as Tensor4D, 1, 'same');
}
