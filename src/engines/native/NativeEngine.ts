import { NasDistillError } from '../../core/errors.js';
import type {
  CompiledStep,
  Engine,
  EngineInfo,
  EngineState,
  HostTensors,
  StepFunction,
  TensorSpecs,
} from '../Engine.js';
import { NativeState } from './NativeState.js';
import { NativeStep } from './NativeStep.js';

/** TensorFlow's kernels, on the CPU or a GPU: a step is recorded when it is compiled, and then run as a whole. */
export class NativeEngine implements Engine {
  readonly #states = new Set<NativeState>();
  readonly #steps = new Set<NativeStep>();
  #closed = false;

  constructor(readonly info: EngineInfo) {}

  createState(values: HostTensors): EngineState {
    this.#assertOpen();
    for (const state of this.#states) if (state.disposed) this.#states.delete(state);
    const state = new NativeState(values);
    this.#states.add(state);
    return state;
  }

  async compile(step: StepFunction, state: TensorSpecs, feeds: TensorSpecs): Promise<CompiledStep> {
    this.#assertOpen();
    for (const former of this.#steps) if (former.disposed) this.#steps.delete(former);
    const compiled = new NativeStep(this.info.name, step, state, feeds);
    this.#steps.add(compiled);
    return compiled;
  }

  /** Runs the step once, over zeros: what only fails when it computes is found too. */
  async check(step: StepFunction, state: TensorSpecs, feeds: TensorSpecs): Promise<void> {
    this.#assertOpen();
    new NativeStep(this.info.name, step, state, feeds, { computing: true }).dispose();
  }

  /** Frees all states and steps. TensorFlow itself stays: it belongs to the thread. */
  close(): void {
    for (const held of [...this.#states, ...this.#steps]) held.dispose();
    this.#states.clear();
    this.#steps.clear();
    this.#closed = true;
  }

  #assertOpen(): void {
    if (this.#closed) throw new NasDistillError('INTERNAL', `engine ${this.info.name}: used after close()`);
  }
}
