import { NasDistillError } from '../../../core/errors.js';
import type { FusedFunction } from './channelwise.js';

/** Activations that an operator on blocks applies to its own result, by tfjs's names. */
const functions = {
  linear: {},
  relu: { activation: 'Relu' },
  relu6: { activation: 'Clip', activation_params: { floats: [0, 6] } },
  hard_swish: { activation: 'HardSwish' },
} as const satisfies Record<string, FusedFunction>;

export type FusedName = keyof typeof functions;

export function isFusedName(name: string): name is FusedName {
  return name in functions;
}

export function blockedFunction(name: string): FusedFunction {
  if (!isFusedName(name)) throw new NasDistillError('INTERNAL', `${name} cannot be fused into an operator on blocks`);
  return functions[name];
}
