import { z } from 'zod';
import { fusedOps } from '../../engines/fusedOps.js';
import { add, mul, rsqrt, sub } from '../../engines/ops.js';
import { ones, zeros } from '../Initialiser.js';
import type { LayerEntry, NodeOf } from './LayerEntry.js';
import { nodeSchema } from './nodeSchema.js';
import { normaliseBatch } from './normaliseBatch.js';
import { channelsOf, oneInput } from './ShapeMismatch.js';

export const batchNormEpsilon = 1e-3;
/** Lower than the usual 0.99: a brief trial has too few steps for the averages to settle. */
export const batchNormMomentum = 0.9;

/**
 * Batch normalisation over all axes but the last (arXiv:1502.03167, algorithm 1). Training normalises by the batch's mean
 * and biased variance, and the moving averages take up the same two.
 */
export const batchNorm: LayerEntry<NodeOf<'batch_norm'>> = {
  schema: nodeSchema('batch_norm', {
    momentum: z.number().min(0).lt(1).optional(),
    epsilon: z.number().positive().optional(),
  }),
  outputShape: (_node, inputs) => oneInput(inputs),
  params(_node, inputs) {
    const shape = [channelsOf(inputs)];
    return [
      { name: 'gamma', shape, init: ones, trainable: true },
      { name: 'beta', shape, init: zeros, trainable: true },
      { name: 'moving_mean', shape, init: zeros, trainable: false },
      { name: 'moving_variance', shape, init: ones, trainable: false },
    ];
  },
  apply(node, [x], context) {
    const gamma = context.param('gamma');
    const beta = context.param('beta');
    const movingMean = context.param('moving_mean');
    const movingVariance = context.param('moving_variance');
    const epsilon = node.epsilon ?? batchNormEpsilon;
    const { training, recalibrate } = context;
    if (!training && recalibrate === undefined) {
      const scale = mul(rsqrt(add(movingVariance, epsilon)), gamma);
      const shift = sub(beta, mul(movingMean, scale));
      return fusedOps().scaleChannels?.(x, scale, shift) ?? add(mul(x, scale), shift);
    }
    const { output, mean, variance } = normaliseBatch(x, gamma, beta, epsilon, movingMean);
    const momentum = node.momentum ?? batchNormMomentum;
    const [kept, share] = recalibrate === undefined ? [momentum, 1 - momentum] : [sub(1, recalibrate), recalibrate];
    const moved = (moving: typeof x, batch: typeof x) => add(mul(moving, kept), mul(batch, share));
    context.setStatistic('moving_mean', moved(movingMean, mean));
    context.setStatistic('moving_variance', moved(movingVariance, variance));
    return output;
  },
};
