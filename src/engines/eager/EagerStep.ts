import { NasDistillError } from '../../core/errors.js';
import type {
  CompiledStep,
  EngineName,
  EngineState,
  HostTensor,
  HostTensors,
  StepFunction,
  TensorSpecs,
  Tensors,
} from '../Engine.js';
import { assertMatches, assertSameSpecs, describe } from '../hostTensors.js';
import { namingLayer } from '../layerScope.js';
import { tidy } from '../tf.js';
import { withBackend } from '../withBackend.js';
import { EagerState } from './EagerState.js';
import { toEngineError } from './toEngineError.js';
import { toHost, toTensor } from './transfer.js';

/** A step that is simply called, op by op, on a tfjs backend. */
export class EagerStep implements CompiledStep {
  constructor(
    private readonly engine: EngineName,
    private readonly backend: string,
    private readonly step: StepFunction,
    private readonly stateSpecs: TensorSpecs,
    private readonly feedSpecs: TensorSpecs,
  ) {}

  async run(state: EngineState, feeds: HostTensors): Promise<Record<string, HostTensor>> {
    if (!(state instanceof EagerState)) {
      throw new NasDistillError('INTERNAL', `engine ${this.engine}: the state was made by another engine`);
    }
    assertSameSpecs(state.specs, this.stateSpecs);
    assertMatches('feeds', feeds, this.feedSpecs);
    const result = this.#call(state.tensors(), feeds);
    state.replace(result.state);
    try {
      const reads = Object.entries(result.outputs).map(async ([name, value]) => [name, await toHost(value)] as const);
      return Object.fromEntries(await Promise.all(reads));
    } finally {
      for (const output of Object.values(result.outputs)) output.dispose();
    }
  }

  dispose(): void {
    // Nothing is held between runs.
  }

  #call(state: Tensors, feeds: HostTensors): { state: Tensors; outputs: Tensors } {
    try {
      return withBackend(this.backend, () =>
        tidy(() => {
          const fed = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, toTensor(value)]));
          const result = this.step({ ...state }, fed);
          this.#checkState(result.state ?? {});
          // Clones, because a step may hand back an input, or one tensor under two names.
          return { state: clones(result.state ?? {}), outputs: clones(result.outputs) };
        }),
      );
    } catch (error) {
      throw namingLayer(toEngineError(this.engine, error));
    }
  }

  #checkState(returned: Tensors): void {
    for (const [name, value] of Object.entries(returned)) {
      const spec = this.stateSpecs[name];
      if (!spec) throw new NasDistillError('INTERNAL', `the step returned the unknown state '${name}'`);
      const is = `${value.dtype}[${value.shape.join(',')}]`;
      if (is !== describe(spec)) {
        throw new NasDistillError('INTERNAL', `the step returned state '${name}' as ${is}, expected ${describe(spec)}`);
      }
    }
  }
}

function clones(tensors: Tensors): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, value]) => [name, value.clone()]));
}
