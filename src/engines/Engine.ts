import type { Tensor } from './tf.js';

export type DType = 'float32' | 'int32';

/** Shape and type of a tensor whose values live elsewhere. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A tensor in JavaScript memory, row-major. The data may lie over a SharedArrayBuffer. */
export interface HostTensor extends TensorSpec {
  readonly data: Float32Array | Int32Array;
}

export type TensorSpecs = Readonly<Record<string, TensorSpec>>;
export type HostTensors = Readonly<Record<string, HostTensor>>;
export type Tensors = Record<string, Tensor>;

/**
 * A pure function over tensors, written in the ops of `engines/tf`: the engine may call it once and replay what it
 * recorded, so it must not read tensor values (`dataSync`), must not branch on them, and must draw no random numbers:
 * those come in as feeds. `state` may be returned in part; what is returned must keep the name, shape and dtype.
 */
export type StepFunction = (state: Tensors, feeds: Tensors) => { state?: Tensors; outputs: Tensors };

/** Named tensors that stay on the engine's side from one step to the next (weights, optimiser moments, statistics). */
export interface EngineState {
  readonly specs: TensorSpecs;
  /** Copies values out; all of them, or the named ones. The arrays belong to the caller. */
  read(names?: readonly string[]): Promise<Record<string, HostTensor>>;
  /** Overwrites the named values; names and shapes must exist. */
  write(values: HostTensors): void;
  dispose(): void;
}

/** A compiled step. May be run with any state that has the specs that it was compiled for. */
export interface CompiledStep {
  /** Runs once: feeds in, `outputs` out; the state's returned tensors are replaced. */
  run(state: EngineState, feeds: HostTensors): Promise<Record<string, HostTensor>>;
  dispose(): void;
}

export interface EngineInfo {
  readonly name: EngineName;
  /** Library and version, such as `onnxruntime-node 1.30.0`. */
  readonly version: string;
  readonly threads: number;
  /** Where it computes, for engines that may do so on either. */
  readonly device?: 'cpu' | 'gpu';
}

export interface EngineOptions {
  /** Threads for one step. */
  readonly threads: number;
}

export const engineNames = [
  'onnx',
  'wasm',
  'native',
  'cuda',
  'webgpu',
  'onnx:cuda',
  'onnx:coreml',
  'onnx:directml',
] as const;
export type EngineName = (typeof engineNames)[number];

/** An opened engine. Never backed by tfjs's `cpu` backend. */
export interface Engine {
  readonly info: EngineInfo;
  createState(values: HostTensors): EngineState;
  /**
   * @throws NasDistillError ENGINE_UNSUPPORTED, naming the operator, if the step uses one that this engine lacks.
   */
  compile(step: StepFunction, state: TensorSpecs, feeds: TensorSpecs): Promise<CompiledStep>;
  /**
   * Finds out whether the step could be run, without what makes compiling dear.
   * @throws NasDistillError ENGINE_UNSUPPORTED, naming the operator and the layer
   */
  check(step: StepFunction, state: TensorSpecs, feeds: TensorSpecs): Promise<void>;
  close(): void;
}
