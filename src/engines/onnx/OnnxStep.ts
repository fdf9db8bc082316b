import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { messageOf, NasDistillError } from '../../core/errors.js';
import type { CompiledStep, EngineState, HostTensor, HostTensors, TensorSpecs } from '../Engine.js';
import { feedTensor, fromOrt, OnnxState } from './OnnxState.js';
import { dropBuffers } from './dropBuffers.js';
import type { TracedStep } from './trace/traceStep.js';

/** Graph port names are positions, so that equal steps under other names share a session. */
export const portName = (kind: 's' | 'f' | 'n' | 'o', index: number): string => `${kind}${index}`;

/** A step as one onnxruntime session. */
export class OnnxStep implements CompiledStep {
  private disposed = false;

  constructor(
    private readonly session: InferenceSession,
    private readonly release: () => void,
    private readonly traced: Omit<TracedStep, 'graph'>,
    private readonly feedSpecs: TensorSpecs,
  ) {}

  async run(state: EngineState, feeds: HostTensors): Promise<Record<string, HostTensor>> {
    if (this.disposed) throw new NasDistillError('INTERNAL', 'the step was run after it was disposed');
    if (!(state instanceof OnnxState)) {
      throw new NasDistillError('INTERNAL', 'the state belongs to another engine than the step');
    }
    const { stateNames, feedNames, newStateNames, outputNames } = this.traced;
    const inputs: Record<string, Tensor> = {};
    stateNames.forEach((name, i) => (inputs[portName('s', i)] = state.get(name)));
    feedNames.forEach((name, i) => {
      inputs[portName('f', i)] = feedTensor(name, feeds[name], this.feedSpecs[name]);
    });
    const fetches: Record<string, Tensor | null> = {};
    newStateNames.forEach((name, i) => (fetches[portName('n', i)] = state.spare(name)));
    outputNames.forEach((_, i) => (fetches[portName('o', i)] = null));
    let results: Readonly<Record<string, Tensor>>;
    try {
      results = await this.session.run(inputs, fetches);
    } catch (error) {
      throw new NasDistillError('ENGINE_FAILED', `onnxruntime failed to run the step: ${messageOf(error)}`, {
        cause: error,
      });
    }
    newStateNames.forEach((name) => state.advance(name));
    // What was written to the state's memory comes back as a copy too.
    dropBuffers(newStateNames.flatMap((_, i) => bufferOf(results[portName('n', i)])));
    return Object.fromEntries(outputNames.map((name, i) => [name, fromOrt(name, results[portName('o', i)])]));
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.release();
  }
}

function bufferOf({ location, data }: Tensor): ArrayBuffer[] {
  return location === 'cpu' && ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer ? [data.buffer] : [];
}
