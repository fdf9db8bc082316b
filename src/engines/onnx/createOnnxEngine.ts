import { createRequire } from 'node:module';
import { NasDistillError } from '../../core/errors.js';
import type {
  CompiledStep,
  Engine,
  EngineInfo,
  EngineOptions,
  EngineState,
  HostTensors,
  StepFunction,
  TensorSpecs,
} from '../Engine.js';
import { encodeModel } from './lowering/encodeModel.js';
import { lowerGraph } from './lowering/lowerGraph.js';
import { OnnxState } from './OnnxState.js';
import { OnnxStep, portName } from './OnnxStep.js';
import { optimise } from './passes/index.js';
import { SessionCache } from './SessionCache.js';
import { traceStep } from './trace/traceStep.js';

const packageVersion: unknown = createRequire(import.meta.url)('onnxruntime-node/package.json').version;

/**
 * The default engine: a step is traced once, lowered to one ONNX graph, and run by onnxruntime on the CPU.
 * `threads` are used within single operators.
 */
export async function createOnnxEngine(options: EngineOptions): Promise<Engine> {
  return new OnnxEngine(options);
}

class OnnxEngine implements Engine {
  readonly info: EngineInfo;
  private readonly sessions: SessionCache;
  private closed = false;

  constructor({ threads }: EngineOptions) {
    this.info = { name: 'onnx', version: `onnxruntime-node ${String(packageVersion)}`, threads };
    this.sessions = new SessionCache({
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      extra: {
        session: {
          // Adam's moments of dead units decay into denormals, which are many times slower than zeros.
          set_denormal_as_zero: '1',
          // Threads that wait for work sleep. Spinning ones fight with whatever else runs: on two busy cores, a step on two
          // threads took three times as long as without.
          intra_op: { allow_spinning: '0' },
        },
      },
    });
  }

  createState(values: HostTensors): EngineState {
    return new OnnxState(values);
  }

  async compile(step: StepFunction, state: TensorSpecs, feeds: TensorSpecs): Promise<CompiledStep> {
    if (this.closed) throw new NasDistillError('INTERNAL', 'the engine was used after it was closed');
    const { graph, ...names } = traceStep(step, state, feeds);
    const onnx = lowerGraph(optimise(graph), {
      inputNames: [
        ...names.stateNames.map((_, i) => portName('s', i)),
        ...names.feedNames.map((_, i) => portName('f', i)),
      ],
      outputNames: [
        ...names.newStateNames.map((_, i) => portName('n', i)),
        ...names.outputNames.map((_, i) => portName('o', i)),
      ],
    });
    const { session, release } = await this.sessions.acquire(encodeModel(onnx));
    return new OnnxStep(session, release, names, feeds);
  }

  close(): void {
    this.closed = true;
    this.sessions.close();
  }
}
