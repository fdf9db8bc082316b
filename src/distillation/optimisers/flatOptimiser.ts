import { NasDistillError } from '../../core/errors.js';
import type { HostTensor, Tensors } from '../../engines/Engine.js';
import type { Scalar, Tensor } from '../../engines/tf.js';
import { flatten, groups, membersOf, sizeOfGroup, unflatten, type Group } from './flat.js';
import { optimiserStatePrefix, type Optimiser } from './Optimiser.js';

/** An update rule for one vector of parameters. */
export interface FlatRule {
  /** Vectors of the parameters' length that the rule keeps, all zero at first. */
  readonly moments: readonly string[];
  /** Scalars that it keeps, zero at first. */
  readonly scalars: readonly string[];
  /** New scalars, once a step. */
  advance(scalars: Readonly<Record<string, Tensor>>): Record<string, Tensor>;
  /** The new vector and moments. `scalars` are the new ones; `decayed`: whether weight decay applies to this group. */
  update(input: FlatInput): { param: Tensor; moments: Record<string, Tensor> };
  /** The same over the tensors that the vector would be made of, where the engine has it as one operator (engines/fusedOps). */
  joined?(input: JoinedInput): { params: Tensor[]; moments: Record<string, Tensor> } | undefined;
}

export interface FlatInput {
  readonly param: Tensor;
  readonly grad: Tensor;
  readonly moments: Readonly<Record<string, Tensor>>;
  readonly scalars: Readonly<Record<string, Tensor>>;
  readonly lr: Scalar;
  readonly decayed: boolean;
}

export interface JoinedInput extends Omit<FlatInput, 'param' | 'grad'> {
  readonly params: readonly Tensor[];
  readonly grads: readonly Tensor[];
}

/**
 * An optimiser out of a rule for one vector. State: `opt/<scalar>` of shape [] and `opt/<moment>/<group>` of shape [n],
 * for each of the two groups that has members.
 */
export function flatOptimiser(rule: FlatRule): Optimiser {
  return {
    init(params) {
      const state: Record<string, HostTensor> = {};
      for (const name of rule.scalars) state[optimiserStatePrefix + name] = zeros([]);
      for (const group of groups) {
        const size = sizeOfGroup(params, group);
        if (size === 0) continue;
        for (const name of rule.moments) state[momentName(name, group)] = zeros([size]);
      }
      return state;
    },
    apply({ params, grads, state, lr }) {
      const scalars = rule.advance(pick(state, rule.scalars, (name) => optimiserStatePrefix + name));
      const newState: Tensors = {};
      for (const [name, value] of Object.entries(scalars)) newState[optimiserStatePrefix + name] = value;
      const newParams: Tensors = {};
      for (const group of groups) {
        const names = membersOf(params, group);
        if (names.length === 0) continue;
        const rest = {
          moments: pick(state, rule.moments, (name) => momentName(name, group)),
          scalars,
          lr,
          decayed: group === 'weights',
        };
        const all = (tensors: Tensors) => Object.values(pick(tensors, names, (name) => name));
        const joined = rule.joined?.({ params: all(params), grads: all(grads), ...rest });
        if (joined) names.forEach((name, i) => (newParams[name] = joined.params[i]));
        let moments = joined?.moments;
        if (!moments) {
          const updated = rule.update({ param: flatten(params, names), grad: flatten(grads, names), ...rest });
          Object.assign(newParams, unflatten(updated.param, names, params));
          moments = updated.moments;
        }
        for (const [name, value] of Object.entries(moments)) newState[momentName(name, group)] = value;
      }
      return { params: newParams, state: newState };
    },
  };
}

function momentName(moment: string, group: Group): string {
  return `${optimiserStatePrefix}${moment}/${group}`;
}

function zeros(shape: number[]): HostTensor {
  return { shape, dtype: 'float32', data: new Float32Array(shape.reduce((size, n) => size * n, 1)) };
}

function pick(state: Tensors, names: readonly string[], stateName: (name: string) => string): Tensors {
  return Object.fromEntries(
    names.map((name) => {
      const value = state[stateName(name)];
      if (!value) throw new NasDistillError('INTERNAL', `optimiser: no tensor for '${stateName(name)}'`);
      return [name, value];
    }),
  );
}
