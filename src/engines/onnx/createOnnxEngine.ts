import { createRequire } from 'node:module';
import type { InferenceSession } from 'onnxruntime-node';
import { NasDistillError } from '../../core/errors.js';
import type {
  CompiledStep,
  Engine,
  EngineInfo,
  EngineName,
  EngineOptions,
  EngineState,
  HostTensors,
  StepFunction,
  TensorSpecs,
} from '../Engine.js';
import { findBlock } from './blocked/findBlock.js';
import { encodeModel } from './lowering/encodeModel.js';
import { lowerStep } from './lowerStep.js';
import { isWebgpuGap, nodeName } from './lowering/webgpuGaps.js';
import { OnnxState } from './OnnxState.js';
import { OnnxStep } from './OnnxStep.js';
import type { OnnxGraph } from './lowering/OnnxGraph.js';
import { SessionCache } from './SessionCache.js';
import { sessionOptions } from './sessionOptions.js';

const packageVersion: unknown = createRequire(import.meta.url)('onnxruntime-node/package.json').version;

/**
 * The default engine: a step is traced once, lowered to one ONNX graph, and run by onnxruntime on the CPU.
 * `threads` are used within single operators. Another execution provider computes what it can, the CPU the rest.
 */
export async function createOnnxEngine(options: EngineOptions, provider: ExecutionProvider = cpu): Promise<Engine> {
  return new OnnxEngine(options, provider, provider.execution === 'cpu' ? await findBlock() : undefined);
}

export interface ExecutionProvider {
  readonly engine: EngineName;
  /** What onnxruntime calls it. */
  readonly execution: string;
}
const cpu: ExecutionProvider = { engine: 'onnx', execution: 'cpu' };

class OnnxEngine implements Engine {
  readonly info: EngineInfo;
  private readonly sessions: SessionCache;
  /** Whether graphs are lowered to what the provider runs as it is. */
  private readonly final: boolean;
  private closed = false;

  constructor(
    { threads }: EngineOptions,
    private readonly provider: ExecutionProvider,
    private readonly block: number | undefined,
  ) {
    const { engine, execution } = provider;
    this.info = { name: engine, version: `onnxruntime-node ${String(packageVersion)}`, threads };
    this.final = execution === cpu.execution;
    this.sessions = new SessionCache({ ...sessionOptions(threads, !this.final), executionProviders: [execution] });
  }

  createState(values: HostTensors): EngineState {
    return new OnnxState(values);
  }

  async compile(step: StepFunction, state: TensorSpecs, feeds: TensorSpecs): Promise<CompiledStep> {
    if (this.closed) throw new NasDistillError('INTERNAL', 'the engine was used after it was closed');
    const { onnx, names } = lowerStep(step, state, feeds, this.block, this.final);
    const { session, release } = await this.sessions.acquire(encodeModel(onnx), this.optionsFor(onnx));
    return new OnnxStep(session, release, names, feeds);
  }

  /** Traced and lowered; onnxruntime does not see it. */
  async check(step: StepFunction, state: TensorSpecs, feeds: TensorSpecs): Promise<void> {
    lowerStep(step, state, feeds, this.block, this.final);
  }

  /** What WebGPU's provider would fail on or get wrong is the CPU's. */
  private optionsFor(graph: OnnxGraph): InferenceSession.SessionOptions {
    const forceCpuNodeNames = graph.nodes.filter(isWebgpuGap).map(nodeName);
    if (this.provider.execution !== 'webgpu' || forceCpuNodeNames.length === 0) return {};
    return { executionProviders: [{ name: 'webgpu', forceCpuNodeNames }] };
  }

  close(): void {
    this.closed = true;
    this.sessions.close();
  }
}
