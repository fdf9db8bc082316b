import { Tensor } from 'onnxruntime-node';
import { NasDistillError } from '../../core/errors.js';
import type { EngineState, HostTensor, HostTensors, TensorSpec, TensorSpecs } from '../Engine.js';
import { sizeOf } from './ir.js';

/**
 * State as onnxruntime tensors: what one step returns is what the next one is given. Each value has two places in memory: a
 * step reads the one and writes the other, so that training allocates nothing, and caches keep both.
 */
export class OnnxState implements EngineState {
  readonly specs: TensorSpecs;
  private tensors: Record<string, Tensor> = {};
  private spares: Record<string, Tensor> = {};
  private disposed = false;

  constructor(values: HostTensors) {
    const specs: Record<string, TensorSpec> = {};
    for (const [name, value] of Object.entries(values)) {
      specs[name] = { shape: [...value.shape], dtype: value.dtype };
      this.tensors[name] = toOrt(name, value, specs[name]);
    }
    this.specs = specs;
  }

  get(name: string): Tensor {
    this.check();
    const tensor = this.tensors[name];
    if (tensor === undefined) throw unknownName(name);
    return tensor;
  }

  /** Where a step may write the next value of `name`. */
  spare(name: string): Tensor {
    this.check();
    const spec = this.specs[name];
    if (spec === undefined) throw unknownName(name);
    return (this.spares[name] ??= emptyTensor(spec));
  }

  /** What was written to the spare place is the value now. */
  advance(name: string): void {
    const value = this.spare(name);
    this.spares[name] = this.tensors[name];
    this.tensors[name] = value;
  }

  async read(names: readonly string[] = Object.keys(this.specs)): Promise<Record<string, HostTensor>> {
    const out: Record<string, HostTensor> = {};
    for (const name of names) out[name] = fromOrt(name, this.get(name), true);
    return out;
  }

  write(values: HostTensors): void {
    this.check();
    for (const [name, value] of Object.entries(values)) {
      const spec = this.specs[name];
      if (spec === undefined) throw unknownName(name);
      this.tensors[name] = toOrt(name, value, spec);
    }
  }

  dispose(): void {
    this.tensors = {};
    this.spares = {};
    this.disposed = true;
  }

  private check(): void {
    if (this.disposed) throw new NasDistillError('INTERNAL', 'the state was used after it was disposed');
  }
}

/** A copy of `value` as an onnxruntime tensor. @throws NasDistillError INTERNAL if it does not fit `spec`. */
function toOrt(name: string, value: HostTensor, spec: TensorSpec): Tensor {
  return feedTensor(name, { ...value, data: value.data.slice() }, spec);
}

function emptyTensor({ shape, dtype }: TensorSpec): Tensor {
  const length = sizeOf(shape);
  return dtype === 'float32'
    ? new Tensor('float32', new Float32Array(length), [...shape])
    : new Tensor('int32', new Int32Array(length), [...shape]);
}

/** `value` as an onnxruntime tensor over the same memory. @throws NasDistillError INTERNAL if it does not fit `spec`. */
export function feedTensor(name: string, value: HostTensor | undefined, spec: TensorSpec): Tensor {
  if (value === undefined) throw new NasDistillError('INTERNAL', `the feed "${name}" is missing`);
  const { data, dtype, shape } = value;
  if (dtype !== spec.dtype || shape.join() !== spec.shape.join() || data.length !== sizeOf(spec.shape)) {
    throw new NasDistillError(
      'INTERNAL',
      `"${name}" should be ${spec.dtype} [${spec.shape.join()}], got ${dtype} [${shape.join()}] with ${data.length} values`,
    );
  }
  if (dtype === 'float32' && data instanceof Float32Array) return new Tensor('float32', data, [...shape]);
  if (dtype === 'int32' && data instanceof Int32Array) return new Tensor('int32', data, [...shape]);
  throw new NasDistillError('INTERNAL', `"${name}" is ${dtype} but its data is another kind of array`);
}

/** An onnxruntime tensor as a host tensor, over the same memory or a copy. */
export function fromOrt(name: string, tensor: Tensor, copy = false): HostTensor {
  const { data, dims: shape } = tensor;
  if (data instanceof Float32Array) return { shape, dtype: 'float32', data: copy ? data.slice() : data };
  if (data instanceof Int32Array) return { shape, dtype: 'int32', data: copy ? data.slice() : data };
  throw new NasDistillError('INTERNAL', `onnxruntime returned "${name}" as ${tensor.type}`);
}

function unknownName(name: string): NasDistillError {
  return new NasDistillError('INTERNAL', `the state has no tensor named "${name}"`);
}
