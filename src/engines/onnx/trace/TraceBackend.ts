import { NasDistillError } from '../../../core/errors.js';
import { engine, getKernel, KernelBackend, registerBackend, registerKernel } from '../../tf.js';
import type { backend_util, DataType, NamedTensorInfoMap, TensorInfo } from '../../tf.js';
import { currentOrigin, type Origin } from '../../layerScope.js';
import { Attrs } from '../attrs.js';
import {
  constantData,
  createValue,
  isConstant,
  type TraceData,
  type TraceDType,
  type TraceNode,
  type TraceValue,
  type ValueSpec,
} from '../ir.js';
import { offerTracedOps } from '../fusedOps.js';
import { kernels } from '../kernels/index.js';
import type { KernelEntry } from '../kernels/types.js';

type BackendValues = backend_util.BackendValues;

export const traceBackendName = 'trace';

/** What belongs to no part of a step in particular. */
const step: Origin = { layer: '(step)', pass: 'forward' };

/**
 * A tfjs backend that computes nothing: every kernel infers its outputs' shapes and is recorded. What is written from
 * JavaScript is a constant. While no trace is being recorded, writing still works (a model may be loaded under it).
 */
export class TraceBackend extends KernelBackend {
  private readonly held = new Map<object, { value: TraceValue; references: number }>();
  private recording: TraceNode[] | undefined;

  /** Starts recording; the returned list fills up until `stop`. */
  start(): TraceNode[] {
    if (this.recording !== undefined) {
      throw new NasDistillError('INTERNAL', 'a step is being traced already: a step must not compile another one');
    }
    this.recording = [];
    return this.recording;
  }

  stop(): void {
    this.recording = undefined;
  }

  /** Adds a value and returns the handle that a tfjs tensor refers to it by. */
  hold(value: TraceValue): object {
    const dataId = {};
    this.held.set(dataId, { value, references: 1 });
    return dataId;
  }

  /** The value behind a tensor; one that lives in another backend is read and becomes a constant. */
  valueBehind(info: TensorInfo): TraceValue {
    const found = this.held.get(info.dataId);
    if (found !== undefined) return found.value;
    const owner = engine().state.tensorInfo.get(info.dataId)?.backend;
    if (owner === undefined) throw new NasDistillError('INTERNAL', 'a disposed tensor was used in a traced step');
    return createValue(constantSpec(owner.readSync(info.dataId), info.shape, info.dtype));
  }

  record(kernel: string, entry: KernelEntry, inputs: NamedTensorInfoMap, attrs: Record<string, unknown>) {
    if (this.recording === undefined) {
      throw new NasDistillError('INTERNAL', `${kernel} was run on the tracing backend while no step is being traced`);
    }
    const values: Record<string, TraceValue> = {};
    for (const [name, info] of Object.entries(inputs)) {
      if (info !== undefined && info !== null) values[name] = this.valueBehind(info);
    }
    const specs = entry.infer({
      in: (name) => values[name] ?? missingInput(kernel, name),
      list: Object.values(values),
      attrs: new Attrs(kernel, attrs),
    });
    const outputs = (isList(specs) ? specs : [specs]).map((s) => createValue(s, undefined, currentOrigin() ?? step));
    if (!outputs.every(isConstant)) this.recording.push({ kernel, inputs: values, attrs, outputs });
    const infos = outputs.map((v) => ({ dataId: this.hold(v), shape: [...v.shape], dtype: v.dtype }));
    return isList(specs) ? infos : infos[0];
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): object {
    return this.hold(createValue(constantSpec(values, shape, dtype)));
  }

  override move(dataId: object, values: BackendValues, shape: number[], dtype: DataType, references: number): void {
    this.held.set(dataId, { value: createValue(constantSpec(values, shape, dtype)), references });
  }

  override readSync(dataId: object): TraceData {
    const value = this.held.get(dataId)?.value;
    if (value !== undefined && isConstant(value)) return constantData(value);
    throw new NasDistillError('ENGINE_UNSUPPORTED', 'a tensor was read (dataSync, data, print) inside a traced step', {
      hint: 'A step must be a pure function of tensors: return the value as an output and read it there.',
    });
  }

  override async read(dataId: object): Promise<TraceData> {
    return this.readSync(dataId);
  }

  override disposeData(dataId: object, force = false): boolean {
    const held = this.held.get(dataId);
    if (held === undefined) return true;
    held.references--;
    if (!force && held.references > 0) return false;
    this.held.delete(dataId);
    return true;
  }

  override incRef(dataId: object): void {
    const held = this.held.get(dataId);
    if (held !== undefined) held.references++;
  }

  override refCount(dataId: object): number {
    return this.held.get(dataId)?.references ?? 0;
  }

  override numDataIds(): number {
    return this.held.size;
  }

  override memory() {
    return { unreliable: true };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override dispose(): void {
    this.held.clear();
  }
}

/** The process's one tracing backend, registered with tfjs on first use (but not made the current one). */
export function traceBackend(): TraceBackend {
  if (engine().findBackendFactory(traceBackendName) === null) {
    offerTracedOps(traceBackendName);
    registerBackend(traceBackendName, () => new TraceBackend(), 0);
    for (const [kernelName, entry] of Object.entries(kernels)) {
      if (getKernel(kernelName, traceBackendName) !== undefined) continue;
      registerKernel({
        kernelName,
        backendName: traceBackendName,
        kernelFunc: ({ inputs, attrs, backend }) => {
          if (!(backend instanceof TraceBackend))
            throw new NasDistillError('INTERNAL', 'tracing kernel on another backend');
          return backend.record(kernelName, entry, inputs, { ...attrs });
        },
      });
    }
  }
  const backend = engine().findBackend(traceBackendName);
  if (!(backend instanceof TraceBackend)) {
    throw new NasDistillError('INTERNAL', 'another tfjs backend took the name of the tracing backend');
  }
  return backend;
}

function constantSpec(values: BackendValues, shape: readonly number[], dtype: DataType): ValueSpec {
  const type = constantType(dtype);
  if (values === null || values === undefined || values.length === 0)
    return { shape, dtype: type, data: typed(type, []) };
  const first = Number(values[0]);
  let uniform = true;
  for (let i = 1; uniform && i < values.length; i++) uniform = Number(values[i]) === first;
  if (uniform) return { shape, dtype: type, fill: type === 'float32' ? Math.fround(first) : first };
  return { shape, dtype: type, data: typed(type, values) };
}

function typed(dtype: TraceDType, values: Exclude<BackendValues, null>): TraceData {
  const numbers = Array.from(values, Number);
  if (dtype === 'float32') return Float32Array.from(numbers);
  return dtype === 'int32' ? Int32Array.from(numbers) : Uint8Array.from(numbers);
}

function constantType(dtype: DataType): TraceDType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new NasDistillError('ENGINE_UNSUPPORTED', `tensors of type ${dtype} cannot be part of a traced step`);
}

function isList(v: ValueSpec | readonly ValueSpec[]): v is readonly ValueSpec[] {
  return Array.isArray(v);
}

function missingInput(kernel: string, name: string): never {
  throw new NasDistillError('INTERNAL', `kernel ${kernel} was called without its input ${name}`);
}
