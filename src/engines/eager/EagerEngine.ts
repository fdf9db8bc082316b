import { NasDistillError } from '../../core/errors.js';
import type {
  CompiledStep,
  Engine,
  EngineInfo,
  EngineState,
  HostTensor,
  HostTensors,
  StepFunction,
  TensorSpecs,
} from '../Engine.js';
import { sizeOf } from '../hostTensors.js';
import { EagerState } from './EagerState.js';
import { EagerStep } from './EagerStep.js';

/**
 * An engine over an initialised tfjs backend that computes each op at once. Nothing is compiled: an operator that the
 * backend lacks is found at the first run of the step.
 */
export class EagerEngine implements Engine {
  readonly #states = new Set<EagerState>();
  #closed = false;

  constructor(
    readonly info: EngineInfo,
    private readonly backend: string,
  ) {}

  createState(values: HostTensors): EngineState {
    this.#assertOpen();
    for (const state of this.#states) if (state.disposed) this.#states.delete(state);
    const state = new EagerState(this.backend, values);
    this.#states.add(state);
    return state;
  }

  async compile(step: StepFunction, state: TensorSpecs, feeds: TensorSpecs): Promise<CompiledStep> {
    this.#assertOpen();
    return new EagerStep(this.info.name, this.backend, step, state, feeds);
  }

  /** Nothing is known before it runs, so it runs once, over zeros. */
  async check(step: StepFunction, state: TensorSpecs, feeds: TensorSpecs): Promise<void> {
    const held = this.createState(zeros(state));
    try {
      await (await this.compile(step, state, feeds)).run(held, zeros(feeds));
    } finally {
      held.dispose();
    }
  }

  /** Frees all states. The backend itself stays: it belongs to the thread. */
  close(): void {
    for (const state of this.#states) state.dispose();
    this.#states.clear();
    this.#closed = true;
  }

  #assertOpen(): void {
    if (this.#closed) throw new NasDistillError('INTERNAL', `engine ${this.info.name}: used after close()`);
  }
}

function zeros(specs: TensorSpecs): HostTensors {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape, dtype }]): [string, HostTensor] => {
      const length = sizeOf(shape);
      return [name, { shape, dtype, data: dtype === 'int32' ? new Int32Array(length) : new Float32Array(length) }];
    }),
  );
}
