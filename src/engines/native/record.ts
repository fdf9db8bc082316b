import { NasDistillError } from '../../core/errors.js';
import type { TensorSpec } from '../Engine.js';
import { sizeOf } from '../hostTensors.js';
import { tidy, type Tensor } from '../tf.js';
import { withBackend } from '../withBackend.js';
import { planOf, type RecordedOperator } from './planOf.js';
import { isOpaque, ShapeGraph } from './ShapeGraph.js';
import {
  tensorflow,
  tensorflowBackend,
  type OpResult,
  type PlanHandle,
  type TensorflowBinding,
} from './TensorflowBackend.js';

/** Results of operators that no input reaches are computed once and kept, if they are not larger than this. */
const mostKept = 65_536;

/** What the binding was asked for since a recording began. */
interface Recording {
  readonly inputs: readonly number[];
  /** Tensors that follow from the inputs. */
  readonly dependent: Set<number>;
  /** Tensors whose values are the same in every step; they are not deleted before the plan has them. */
  readonly constants: Set<number>;
  readonly deletedLater: number[];
  readonly operators: RecordedOperator[];
  readonly shapes: ShapeGraph;
  /** Whether what follows from the inputs is computed too. */
  readonly computing: boolean;
}
let recording: Recording | undefined;

/** The binding, with an ear to what tfjs-node's backend asks of it; while a step is recorded, what follows from its inputs is not computed. */
export function recordable(binding: TensorflowBinding): TensorflowBinding {
  const own = Object.getOwnPropertyNames(binding).map((name) => [name, Reflect.get(binding, name)] as const);
  return {
    ...(Object.fromEntries(own) as unknown as TensorflowBinding),
    executeOp(name, attributes, inputs, count) {
      if (recording === undefined) return binding.executeOp(name, attributes, inputs, count);
      const { dependent, constants, operators } = recording;
      const reached = inputs.some((id) => dependent.has(id));
      const results = reached ? resultsOf(recording, binding, name, attributes, inputs, count) : binding.executeOp(name, attributes, inputs, count); // prettier-ignore
      const small = results.every(({ shape }) => sizeOf(shape) <= mostKept);
      const kept = reached || !small ? dependent : constants;
      for (const { id } of results) kept.add(id);
      for (const id of inputs) if (!dependent.has(id)) constants.add(id);
      if (kept === dependent) operators.push({ name, attributes, inputs: [...inputs], outputs: results.map(({ id }) => id) }); // prettier-ignore
      return results;
    },
    createTensor(shape, dtype, values) {
      const id = binding.createTensor(shape, dtype, values);
      recording?.constants.add(id);
      return id;
    },
    deleteTensor(id) {
      if (recording?.inputs.includes(id)) return;
      if (recording?.constants.has(id)) recording.deletedLater.push(id);
      else binding.deleteTensor(id);
    },
    tensorDataSync(id) {
      if (recording?.dependent.has(id)) {
        throw new NasDistillError(
          'ENGINE_UNSUPPORTED',
          'a tensor was read (dataSync, data, print) inside a recorded step',
          { hint: 'A step must be a pure function of tensors: return the value as an output and read it there.' },
        );
      }
      return binding.tensorDataSync(id);
    },
  };
}

/** What an operator that follows from the inputs returns. */
function resultsOf(
  { shapes, computing }: Recording,
  binding: TensorflowBinding,
  ...[name, attributes, inputs, count]: Parameters<TensorflowBinding['executeOp']>
): OpResult[] {
  const inferred = shapes.infer(name, attributes, inputs, count);
  if (!computing) return inferred;
  const computed = binding.executeOp(name, attributes, inputs, count);
  computed.forEach((result, i) => {
    const [is, expected] = [result, inferred[i]].map(({ shape, dtype }) => `[${shape.join(',')}] of type ${dtype}`);
    if (is !== expected && !isOpaque(name, i))
      throw new NasDistillError('INTERNAL', `${name} returned ${is}, inferred was ${expected}`);
    shapes.equate(result.id, inferred[i]);
  });
  return computed;
}

/** A step as a plan of the binding, and what it returns. */
export interface RecordedStep {
  readonly plan: PlanHandle;
  readonly outputs: readonly { readonly shape: readonly number[]; readonly dtype: Tensor['dtype'] }[];
}

/**
 * Calls `step` once, over tensors of which only the shapes are known, and makes a plan of the operators that it called. What it
 * made is disposed. With `computing` it runs over zeros: every operator must compute, and return what was inferred.
 */
export function recordStep(
  inputs: readonly TensorSpec[],
  step: (inputs: Tensor[]) => readonly Tensor[],
  { computing }: { computing: boolean },
): RecordedStep {
  if (recording !== undefined) {
    throw new NasDistillError('INTERNAL', 'a step is being recorded already: a step must not compile another one');
  }
  const { binding } = tensorflow();
  const shapes = new ShapeGraph(binding);
  const types = { float32: binding.TF_FLOAT, int32: binding.TF_INT32 };
  const given = inputs.map(({ shape, dtype }) => {
    const inferred = shapes.add(shape, types[dtype]);
    if (!computing) return inferred;
    const zeros = dtype === 'int32' ? new Int32Array(sizeOf(shape)) : new Float32Array(sizeOf(shape));
    const id = binding.createTensor(shape, types[dtype], zeros);
    shapes.equate(id, inferred);
    return { ...inferred, id };
  });
  const ids = given.map(({ id }) => id);
  const held: Recording = {
    inputs: ids,
    dependent: new Set(ids),
    constants: new Set(),
    deletedLater: [],
    operators: [],
    shapes,
    computing,
  };
  recording = held;
  try {
    const results = withBackend(
      tensorflowBackend,
      () =>
        tidy(() => {
          const outputs = step(given.map((result) => tensorflow().createOutputTensor(result)));
          const numbers = tensorflow().getInputTensorIds(outputs);
          // A constant that comes back must outlive the end of the step.
          for (const id of numbers) if (!held.dependent.has(id)) held.constants.add(id);
          return { numbers, outputs: outputs.map(({ shape, dtype }) => ({ shape: [...shape], dtype })) };
        }) as unknown as RecordedResults,
    );
    const plan = binding.createPlan(planOf(ids, held.operators, results.numbers));
    return { plan, outputs: results.outputs };
  } finally {
    recording = undefined;
    for (const id of [...held.deletedLater, ...ids]) if (id >= 0) binding.deleteTensor(id);
    shapes.dispose();
  }
}

interface RecordedResults {
  readonly numbers: readonly number[];
  readonly outputs: RecordedStep['outputs'];
}
