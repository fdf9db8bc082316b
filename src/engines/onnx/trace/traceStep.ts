import { messageOf, NasDistillError } from '../../../core/errors.js';
import type { StepFunction, Tensors, TensorSpecs } from '../../Engine.js';
import { namingLayer } from '../../layerScope.js';
import { engine, setBackend, tidy } from '../../tf.js';
import { createValue, sameShape, type TraceGraph, type TraceValue } from '../ir.js';
import { traceBackend, traceBackendName, type TraceBackend } from './TraceBackend.js';

/** A traced step: the graph's inputs are the state, then the feeds; its outputs the new state, then the outputs. */
export interface TracedStep {
  readonly graph: TraceGraph;
  readonly stateNames: readonly string[];
  readonly feedNames: readonly string[];
  readonly newStateNames: readonly string[];
  readonly outputNames: readonly string[];
}

/**
 * Runs `step` once on the tracing backend and returns what it recorded. Synchronous; afterwards the previous tfjs
 * backend is current again and every tensor and variable that the step made is disposed.
 * @throws NasDistillError ENGINE_UNSUPPORTED for an operator without a kernel here, or a step that reads values.
 */
export function traceStep(step: StepFunction, state: TensorSpecs, feeds: TensorSpecs): TracedStep {
  const backend = traceBackend();
  return withBackend(() => {
    const nodes = backend.start();
    const variables = new Set(Object.keys(engine().registeredVariables));
    try {
      let traced: TracedStep | undefined;
      tidy(() => {
        const inputs: TraceValue[] = [];
        const stateTensors = placeholders(backend, state, inputs);
        const feedTensors = placeholders(backend, feeds, inputs);
        const result = step(stateTensors, feedTensors);
        const newState = result.state ?? {};
        const outputs = [
          ...Object.entries(newState).map(([name, t]) => matching(name, backend.valueBehind(t), state)),
          ...Object.entries(result.outputs).map(([name, t]) => readable(name, backend.valueBehind(t))),
        ];
        traced = {
          graph: { inputs, nodes, outputs },
          stateNames: Object.keys(state),
          feedNames: Object.keys(feeds),
          newStateNames: Object.keys(newState),
          outputNames: Object.keys(result.outputs),
        };
      });
      if (traced === undefined) throw new NasDistillError('INTERNAL', 'the step was not traced');
      return traced;
    } catch (error) {
      throw namingLayer(translated(error));
    } finally {
      backend.stop();
      for (const [name, variable] of Object.entries(engine().registeredVariables)) {
        if (!variables.has(name)) variable.dispose();
      }
    }
  });
}

/** Makes the tracing backend current during `f`. All of it is synchronous: setBackend awaits nothing for it. */
function withBackend<T>(f: () => T): T {
  const e = engine();
  const previous: string | undefined = e.backendName;
  void setBackend(traceBackendName);
  try {
    return f();
  } finally {
    if (previous !== undefined && previous !== null) void setBackend(previous);
    else {
      // No backend had been chosen yet: leave the choice open, as it was.
      Reflect.set(e, 'backendName', previous);
      Reflect.set(e, 'backendInstance', null);
    }
  }
}

function placeholders(backend: TraceBackend, specs: TensorSpecs, inputs: TraceValue[]): Tensors {
  const tensors: Tensors = {};
  for (const [name, { shape, dtype }] of Object.entries(specs)) {
    const value = createValue({ shape, dtype }, inputs.length);
    inputs.push(value);
    tensors[name] = engine().makeTensorFromDataId(backend.hold(value), [...shape], dtype, backend);
  }
  return tensors;
}

function matching(name: string, value: TraceValue, state: TensorSpecs): TraceValue {
  const spec = state[name];
  if (spec === undefined || spec.dtype !== value.dtype || !sameShape(spec.shape, value.shape)) {
    const expected = spec === undefined ? 'is not part of the state' : `must stay ${spec.dtype} [${spec.shape.join()}]`;
    throw new NasDistillError(
      'INTERNAL',
      `the step returned state "${name}" as ${value.dtype} [${value.shape.join()}], but it ${expected}`,
    );
  }
  return value;
}

function readable(name: string, value: TraceValue): TraceValue {
  if (value.dtype !== 'bool') return value;
  throw new NasDistillError('INTERNAL', `the step's output "${name}" is boolean; cast it to float32 or int32`);
}

const unknownKernel = /[Kk]ernel '([^']+)' (?:not registered )?for backend/;

function translated(error: unknown): unknown {
  const kernel = unknownKernel.exec(messageOf(error))?.[1];
  if (error instanceof NasDistillError || kernel === undefined) return error;
  return new NasDistillError('ENGINE_UNSUPPORTED', `operator ${kernel} has no lowering to ONNX`, {
    hint: 'Use another operator, run this study with --engine wasm, or add a kernel in src/engines/onnx/kernels.',
    cause: error,
  });
}
