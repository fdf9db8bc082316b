import { NasDistillError } from '../../core/errors.js';
import type { EngineState, HostTensor, HostTensors, TensorSpecs } from '../Engine.js';
import { assertMatches, assertMatchesSpec, specsOf } from '../hostTensors.js';
import { tensorflow } from './TensorflowBackend.js';
import { fromTensorflow, toTensorflow } from './transfer.js';

/** State as tensors on TensorFlow's side, known here by their numbers; what a step returns takes the place of what it was given. */
export class NativeState implements EngineState {
  readonly specs: TensorSpecs;
  readonly #ids = new Map<string, number>();
  #disposed = false;

  constructor(values: HostTensors) {
    this.specs = specsOf(values);
    assertMatches('state', values, this.specs);
    for (const [name, value] of Object.entries(values)) this.#ids.set(name, toTensorflow(value));
  }

  /** The tensor's number; it belongs to this state. */
  id(name: string): number {
    if (this.#disposed) throw new NasDistillError('INTERNAL', 'state: used after dispose()');
    const id = this.#ids.get(name);
    if (id === undefined) throw new NasDistillError('INTERNAL', `state: '${name}' is unknown`);
    return id;
  }

  /** Takes over a tensor in place of the named one. */
  replace(name: string, id: number): void {
    tensorflow().binding.deleteTensor(this.id(name));
    this.#ids.set(name, id);
  }

  async read(names: readonly string[] = Object.keys(this.specs)): Promise<Record<string, HostTensor>> {
    return Object.fromEntries(names.map((name) => [name, fromTensorflow(this.id(name), this.specs[name].shape)]));
  }

  write(values: HostTensors): void {
    for (const [name, value] of Object.entries(values)) {
      this.id(name);
      assertMatchesSpec(`state: '${name}'`, value, this.specs[name]);
    }
    for (const [name, value] of Object.entries(values)) this.replace(name, toTensorflow(value));
  }

  dispose(): void {
    for (const id of this.#ids.values()) tensorflow().binding.deleteTensor(id);
    this.#ids.clear();
    this.#disposed = true;
  }

  get disposed(): boolean {
    return this.#disposed;
  }
}
