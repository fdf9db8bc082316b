import type { StepFunction, TensorSpecs } from '../Engine.js';
import { lowerGraph } from './lowering/lowerGraph.js';
import type { OnnxGraph } from './lowering/OnnxGraph.js';
import { portName } from './OnnxStep.js';
import { finalRules } from './lowering/rules/index.js';
import { optimise } from './passes/index.js';
import { traceStep, type TracedStep } from './trace/traceStep.js';

/** A step traced, rewritten and lowered; its ports are named by position. */
export interface LoweredStep {
  readonly onnx: OnnxGraph;
  readonly names: Omit<TracedStep, 'graph'>;
}

/**
 * `block`: channels in a block, where the session's machine has operators for blocks. `final`: for onnxruntime's CPU provider, whose
 * optimiser then finds nothing to do and need not run.
 * @throws NasDistillError ENGINE_UNSUPPORTED, naming the operator, for what cannot be lowered
 */
export function lowerStep(
  step: StepFunction,
  state: TensorSpecs,
  feeds: TensorSpecs,
  block?: number,
  final = true,
): LoweredStep {
  const { graph, ...names } = traceStep(step, state, feeds);
  const onnx = lowerGraph(optimise(graph, block === undefined ? 'run' : 'blocks'), {
    block,
    ...(final ? { rules: finalRules } : {}),
    inputNames: [
      ...names.stateNames.map((_, i) => portName('s', i)),
      ...names.feedNames.map((_, i) => portName('f', i)),
    ],
    outputNames: [
      ...names.newStateNames.map((_, i) => portName('n', i)),
      ...names.outputNames.map((_, i) => portName('o', i)),
    ],
  });
  return { onnx, names };
}
