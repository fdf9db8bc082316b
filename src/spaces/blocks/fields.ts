import { z } from 'zod';
import { activations } from '../../models/ModelSpec.js';
import type { Activation } from '../../models/ModelSpec.js';

const whole = (from: number, to: number) =>
  z.number(`must be a whole number from ${from} to ${to}`).int().min(from).max(to);
const share = (to: number) => z.number(`must be a number from 0 to ${to}`).min(0).max(to);

/** The fields that blocks share; a block picks those that apply and sets its own defaults. */
export const width = whole(1, 8192).describe('output channels');
export const stride = whole(1, 8).default(1).describe('step of the first block of the stage');
export const kernel = (by: number) => whole(1, 31).default(by).describe('side of the convolution kernel');
export const dilation = whole(1, 16)
  .default(1)
  .describe('steps between the taps of the convolution; over 1 only with stride 1');
export const expansion = (by: number) =>
  z.number('must be a number from 0.25 to 16').min(0.25).max(16).default(by).describe('inner channels / channels');
export const activation = (by: Activation) => z.enum(activations).default(by).describe('activation function');
export const se = share(1).default(0).describe('squeeze-excite: inner channels / channels, 0 is off');
export const heads = whole(1, 64).default(4).describe('attention heads');
export const dropPath = share(0.9).default(0).describe('stochastic depth rate');
export const dropout = share(0.9).default(0).describe('dropout of its output');
export const layerScale = share(1)
  .default(0.1)
  .describe('initial scale of the branch per channel, 0 is off (0.1 suits shallow nets, arXiv:2103.17239)');

/** The fields of a block that is a transformer layer. */
export const transformerFields = {
  width,
  stride,
  heads,
  expansion: expansion(2),
  activation: activation('gelu'),
  drop_path: dropPath,
};
