import { NasDistillError } from '../../core/errors.js';
import { toEngineError } from '../eager/toEngineError.js';
import type {
  CompiledStep,
  EngineName,
  EngineState,
  HostTensor,
  HostTensors,
  StepFunction,
  TensorSpecs,
} from '../Engine.js';
import { assertMatches, assertSameSpecs, describe } from '../hostTensors.js';
import { namingLayer } from '../layerScope.js';
import type { Tensor } from '../tf.js';
import { NativeState } from './NativeState.js';
import { recordStep, type RecordedStep } from './record.js';
import { tensorflow } from './TensorflowBackend.js';
import { fromTensorflow, toTensorflow } from './transfer.js';

/** A step that was recorded once, operator by operator, and is run by one call of the binding. */
export class NativeStep implements CompiledStep {
  readonly #recorded: RecordedStep;
  readonly #newState: readonly string[];
  readonly #outputs: readonly string[];
  #disposed = false;

  /** @throws NasDistillError ENGINE_UNSUPPORTED for a step that reads values, or an operator that TensorFlow lacks */
  constructor(
    private readonly engine: EngineName,
    step: StepFunction,
    private readonly stateSpecs: TensorSpecs,
    private readonly feedSpecs: TensorSpecs,
    options: { computing: boolean } = { computing: false },
  ) {
    const [states, feeds] = [Object.keys(stateSpecs), Object.keys(feedSpecs)];
    const named = (names: readonly string[], tensors: readonly Tensor[]) =>
      Object.fromEntries(names.map((name, i) => [name, tensors[i]]));
    const names: { newState: string[]; outputs: string[] } = { newState: [], outputs: [] };
    try {
      this.#recorded = recordStep(
        [...Object.values(stateSpecs), ...Object.values(feedSpecs)],
        (inputs) => {
          const result = step(named(states, inputs), named(feeds, inputs.slice(states.length)));
          const newState = result.state ?? {};
          for (const [name, value] of Object.entries(newState)) assertKept(name, value, stateSpecs);
          names.newState = Object.keys(newState);
          names.outputs = Object.keys(result.outputs);
          return [...Object.values(newState), ...Object.values(result.outputs)];
        },
        options,
      );
    } catch (error) {
      throw namingLayer(toEngineError(engine, error));
    }
    this.#newState = names.newState;
    this.#outputs = names.outputs;
  }

  async run(state: EngineState, feeds: HostTensors): Promise<Record<string, HostTensor>> {
    if (this.#disposed) throw new NasDistillError('INTERNAL', 'the step was run after it was disposed');
    if (!(state instanceof NativeState)) {
      throw new NasDistillError('INTERNAL', `engine ${this.engine}: the state was made by another engine`);
    }
    assertSameSpecs(state.specs, this.stateSpecs);
    assertMatches('feeds', feeds, this.feedSpecs);
    const { binding } = tensorflow();
    const fed = Object.keys(this.feedSpecs).map((name) => toTensorflow(feeds[name]));
    let results: readonly number[];
    try {
      results = binding.runPlan(this.#recorded.plan, [...Object.keys(this.stateSpecs).map((name) => state.id(name)), ...fed]); // prettier-ignore
    } catch (error) {
      throw toEngineError(this.engine, error);
    } finally {
      for (const id of fed) binding.deleteTensor(id);
    }
    this.#newState.forEach((name, i) => state.replace(name, results[i]));
    const first = this.#newState.length;
    return Object.fromEntries(
      this.#outputs.map((name, i) => {
        const value = fromTensorflow(results[first + i], this.#recorded.outputs[first + i].shape);
        binding.deleteTensor(results[first + i]);
        return [name, value];
      }),
    );
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    tensorflow().binding.deletePlan(this.#recorded.plan);
  }

  get disposed(): boolean {
    return this.#disposed;
  }
}

function assertKept(name: string, value: Tensor, specs: TensorSpecs): void {
  const spec = specs[name] as TensorSpecs[string] | undefined;
  if (!spec) throw new NasDistillError('INTERNAL', `the step returned the unknown state '${name}'`);
  const is = `${value.dtype}[${value.shape.join(',')}]`;
  if (is !== describe(spec)) {
    throw new NasDistillError('INTERNAL', `the step returned state '${name}' as ${is}, expected ${describe(spec)}`);
  }
}
