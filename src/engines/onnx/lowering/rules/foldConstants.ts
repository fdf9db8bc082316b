import { sizeOf } from '../../ir.js';
import type { OnnxGraph, OnnxInitialiser } from '../OnnxGraph.js';
import { int64sOf } from './int64sOf.js';
import type { NodeRule } from './NodeRule.js';

/** Larger constants would be bytes of every graph; the runtime makes them quickly. */
const largest = 256;

// Each is right to the last bit once it is rounded to float32.
const functions: Readonly<Record<string, (a: number, b: number) => number>> = {
  Neg: (a) => -a,
  Sqrt: (a) => Math.sqrt(a),
  Reciprocal: (a) => 1 / a,
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
};

/** Computes what constants alone decide; times one and over one is nothing at all. */
export const foldConstants: NodeRule = ({ op, inputs, domain }, graph) => {
  if (domain !== undefined) return undefined;
  const [a, b] = inputs.map((name) => floatsOf(graph.constantOf(name)));
  if (a === undefined) {
    const one = (op === 'Mul' || op === 'Div') && b?.dims.length === 0 && b.values[0] === 1;
    return one ? inputs[0] : undefined;
  }
  if (op === 'Reshape' || op === 'Expand') return filled(op, a, int64sOf(graph.constantOf(inputs[1])), graph);
  if (op === 'Mul' && b === undefined && a.dims.length === 0 && a.values[0] === 1) return inputs[1];
  const compute = functions[op];
  if (compute === undefined || (inputs.length > 1 && b === undefined)) return undefined;
  const dims = b === undefined ? a.dims : commonDims(a.dims, b.dims);
  if (dims === undefined) return undefined;
  const at = (values: Float32Array, i: number): number => values[values.length === 1 ? 0 : i];
  const values = Array.from({ length: sizeOf(dims) }, (_, i) => compute(at(a.values, i), b ? at(b.values, i) : 0));
  return graph.constant('float32', dims, values);
};

interface Floats {
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

function floatsOf(constant: OnnxInitialiser | undefined): Floats | undefined {
  if (constant?.dtype !== 'float32' || constant.bytes.length > 4 * largest) return undefined;
  const { buffer, byteOffset, byteLength } = constant.bytes;
  return { dims: constant.dims, values: new Float32Array(buffer, byteOffset, byteLength / 4) };
}

function filled(op: string, { values }: Floats, shape: number[] | undefined, graph: OnnxGraph): string | undefined {
  if (shape === undefined || shape.some((d) => d < 1) || sizeOf(shape) > largest) return undefined;
  if (op === 'Reshape') return graph.constant('float32', shape, values);
  return values.length === 1
    ? graph.constant('float32', shape, new Float32Array(sizeOf(shape)).fill(values[0]))
    : undefined;
}

/** Where broadcasting is no more than a single number against a tensor. */
function commonDims(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  if (a.join() === b.join()) return a;
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  if (sizeOf(a) === 1 && sizeOf(b) === 1) return a.length > b.length ? a : b;
  return undefined;
}
