import { createRequire } from 'node:module';
import type * as Core from '@tensorflow/tfjs-core';

const require = createRequire(import.meta.url);
let library: typeof Core | undefined;

type Functions = {
  [K in keyof typeof Core as (typeof Core)[K] extends (...values: never) => unknown ? K : never]: (typeof Core)[K];
};

/**
 * One of TensorFlow.js's functions, which is read when it is first called: a fifth of a second, which nobody waits for who
 * asks a model for its shapes and costs alone. Whoever differentiates has come in by `tf.ts`, where the gradients are.
 */
function lazily<K extends keyof Functions>(name: K): Functions[K] {
  const call = (...values: readonly unknown[]): unknown => {
    // The package is CommonJS, so that this is the instance that `tf.ts` exports.
    library ??= require('@tensorflow/tfjs-core') as typeof Core;
    return Reflect.apply(library[name], undefined, values);
  };
  // It takes and gives what the function does, overloads included.
  return call as unknown as Functions[K];
}

export const add = lazily('add');
export const avgPool = lazily('avgPool');
export const cast = lazily('cast');
export const clipByValue = lazily('clipByValue');
export const concat = lazily('concat');
export const conv2d = lazily('conv2d');
export const customGrad = lazily('customGrad');
export const depthwiseConv2d = lazily('depthwiseConv2d');
export const div = lazily('div');
export const engine = lazily('engine');
export const erf = lazily('erf');
export const floor = lazily('floor');
export const gather = lazily('gather');
export const getBackend = lazily('getBackend');
export const getKernel = lazily('getKernel');
export const less = lazily('less');
export const matMul = lazily('matMul');
export const max = lazily('max');
export const maxPool = lazily('maxPool');
export const maximum = lazily('maximum');
export const mean = lazily('mean');
export const minimum = lazily('minimum');
export const mul = lazily('mul');
export const ones = lazily('ones');
export const pad = lazily('pad');
export const relu = lazily('relu');
export const relu6 = lazily('relu6');
export const reshape = lazily('reshape');
export const reverse = lazily('reverse');
export const rsqrt = lazily('rsqrt');
export const scalar = lazily('scalar');
export const sigmoid = lazily('sigmoid');
export const slice = lazily('slice');
export const softmax = lazily('softmax');
export const square = lazily('square');
export const stack = lazily('stack');
export const step = lazily('step');
export const sub = lazily('sub');
export const sum = lazily('sum');
export const tanh = lazily('tanh');
export const tensor1d = lazily('tensor1d');
export const tensor3d = lazily('tensor3d');
export const tensor4d = lazily('tensor4d');
export const transpose = lazily('transpose');
export const unstack = lazily('unstack');
export const where = lazily('where');
export const zerosLike = lazily('zerosLike');
