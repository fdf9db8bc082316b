import { it } from 'vitest';
import type { Tensors } from '../../src/engines/Engine.js';
import * as tf from '../../src/engines/tf.js';
import { globalAvgPool } from '../../src/models/layers/globalAvgPool.js';
import { multiply } from '../../src/models/layers/multiply.js';
import { drawing, expectAgreement, valuesAndGradients } from './againstReference.js';
import { nativeBesideReference } from './nativeBesideReference.js';

nativeBesideReference('gates and means over positions that engine native computes by operators of its own', (pair) => {
  const draw = drawing('native/gates');
  const context = undefined as never;
  const times = (...inputs: tf.Tensor[]) => multiply.apply({ name: 'm', op: 'multiply', inputs: [] }, inputs, context);
  const pooled = (x: tf.Tensor, keepDims: boolean) =>
    globalAvgPool.apply({ name: 'p', op: 'global_avg_pool', inputs: [], keepDims }, [x], context);

  it.each([[[3, 4, 5, 8]], [[2, 7, 3, 13]], [[4, 9, 6]], [[1, 1, 1, 1]], [[2, 3, 2, 2, 20]]] as const)(
    'squeeze and excite %j',
    async (shape) => {
      const gate = shape.map((size, axis) => (axis === 0 || axis === shape.length - 1 ? size : 1));
      const inputs = { x: draw('x', ...shape), g: draw('g', ...gate) };
      const f = ({ x, g }: Tensors) => ({
        gated: times(x, g),
        gatedFromRight: times(g, x),
        excited: times(x, tf.sigmoid(tf.mul(pooled(x, true), g))),
        pooled: pooled(x, false),
      });
      await expectAgreement(pair(), valuesAndGradients(['x', 'g'], f), inputs, 1e-5);
      await expectAgreement(pair(), valuesAndGradients(['g'], f), inputs, 1e-5);
    },
  );

  it('leaves products of other shapes', async () => {
    const inputs = { x: draw('x', 2, 4, 4, 6), same: draw('same', 2, 4, 4, 6), gate: draw('gate', 1, 1, 1, 6) };
    const f = ({ x, same, gate }: Tensors) => ({ a: times(x, same), b: times(x, gate) });
    await expectAgreement(pair(), valuesAndGradients(['x', 'same', 'gate'], f), inputs, 1e-5);
  });
});
