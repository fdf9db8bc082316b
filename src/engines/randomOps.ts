import { NasDistillError } from '../core/errors.js';

/**
 * Stands in for every random operator of TensorFlow.js. It draws its numbers in JavaScript, when it is called: in a traced
 * step they would be drawn once and become constants of the graph, and no seed of the study would reach them.
 */
function refuseRandomOp(): never {
  throw new NasDistillError('ENGINE_UNSUPPORTED', 'a random operator of TensorFlow.js was called', {
    hint: 'Feed random numbers to the step: a layer asks for them with `noise`, everything else draws from its Rng.',
  });
}

export {
  refuseRandomOp as dropout,
  refuseRandomOp as multinomial,
  refuseRandomOp as rand,
  refuseRandomOp as randomGamma,
  refuseRandomOp as randomNormal,
  refuseRandomOp as randomStandardNormal,
  refuseRandomOp as randomUniform,
  refuseRandomOp as randomUniformInt,
  refuseRandomOp as truncatedNormal,
};
