import { concat, mul, tensor4d } from '../../engines/ops.js';
import type { Tensor4D } from '../../engines/tf.js';

/**
 * The filter [k, k, C / groups, filters] of a grouped convolution as one in which `joined` neighbouring groups read the channels of all
 * of them: [k, k, joined * C / groups, filters], zeros where a filter reads another group's channel.
 */
export function blockDiagonal(filter: Tensor4D, groups: number, joined: number): Tensor4D {
  const [, , seen, filters] = filter.shape;
  const each = filters / groups;
  const own = Float32Array.from({ length: joined * seen * filters }, (_, i) => {
    const [channel, output] = [Math.floor(i / filters), i % filters];
    return Math.floor(channel / seen) === Math.floor(output / each) % joined ? 1 : 0;
  });
  const repeated = concat(Array.from({ length: joined }, () => filter), 2); // prettier-ignore
  return mul(repeated, tensor4d(own, [1, 1, joined * seen, filters]));
}
