import { NasDistillError } from '../../core/errors.js';
import type { EngineState, HostTensor, HostTensors, TensorSpecs, Tensors } from '../Engine.js';
import { assertMatches, assertMatchesSpec, specsOf } from '../hostTensors.js';
import { type Tensor } from '../tf.js';
import { withBackend } from '../withBackend.js';
import { toHost, toTensor } from './transfer.js';

/** State as tensors of an eager tfjs backend, kept from step to step. */
export class EagerState implements EngineState {
  readonly specs: TensorSpecs;
  readonly #backend: string;
  readonly #tensors = new Map<string, Tensor>();
  #disposed = false;

  constructor(backend: string, values: HostTensors) {
    this.specs = specsOf(values);
    this.#backend = backend;
    assertMatches('state', values, this.specs);
    withBackend(backend, () => {
      for (const [name, value] of Object.entries(values)) this.#tensors.set(name, toTensor(value));
    });
  }

  /** The live tensors; they belong to this state. */
  tensors(): Tensors {
    this.#assertLive();
    return Object.fromEntries(this.#tensors);
  }

  /** Takes over the given tensors in place of the named ones. */
  replace(tensors: Tensors): void {
    this.#assertLive();
    for (const [name, tensor] of Object.entries(tensors)) {
      this.#tensors.get(name)?.dispose();
      this.#tensors.set(name, tensor);
    }
  }

  async read(names: readonly string[] = Object.keys(this.specs)): Promise<Record<string, HostTensor>> {
    this.#assertLive();
    const reads = names.map(async (name) => [name, await toHost(this.#named(name))] as const);
    return Object.fromEntries(await Promise.all(reads));
  }

  write(values: HostTensors): void {
    this.#assertLive();
    for (const [name, value] of Object.entries(values)) {
      this.#named(name);
      assertMatchesSpec(`state: '${name}'`, value, this.specs[name]);
    }
    withBackend(this.#backend, () => {
      this.replace(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toTensor(value)])));
    });
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
    this.#disposed = true;
  }

  #named(name: string): Tensor {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw new NasDistillError('INTERNAL', `state: '${name}' is unknown`);
    return tensor;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  #assertLive(): void {
    if (this.#disposed) throw new NasDistillError('INTERNAL', 'state: used after dispose()');
  }
}
