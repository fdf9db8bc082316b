import { NasDistillError } from '../core/errors.js';
import type { HostTensor, HostTensors, TensorSpec, TensorSpecs } from './Engine.js';

/** The shape and type of each tensor. */
export function specsOf(tensors: TensorSpecs): TensorSpecs {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, dtype }]) => [name, { shape: [...shape], dtype }]),
  );
}

/** Number of elements. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/**
 * Checks that `values` has exactly the names, shapes, types and lengths of `specs`; `what` names them in the message.
 * @throws NasDistillError INTERNAL
 */
export function assertMatches(what: string, values: HostTensors, specs: TensorSpecs): void {
  for (const name of Object.keys(specs)) {
    if (!values[name]) throw new NasDistillError('INTERNAL', `${what}: '${name}' is missing`);
  }
  for (const [name, value] of Object.entries(values)) {
    const spec = specs[name];
    if (!spec) throw new NasDistillError('INTERNAL', `${what}: '${name}' is unknown`);
    assertMatchesSpec(`${what}: '${name}'`, value, spec);
  }
}

/** Checks one tensor in JavaScript memory against the spec that it must have. @throws NasDistillError INTERNAL */
export function assertMatchesSpec(what: string, value: HostTensor, spec: TensorSpec): void {
  if (describe(value) !== describe(spec)) {
    throw new NasDistillError('INTERNAL', `${what} is ${describe(value)}, expected ${describe(spec)}`);
  }
  const typed = spec.dtype === 'int32' ? value.data instanceof Int32Array : value.data instanceof Float32Array;
  if (!typed || value.data.length !== sizeOf(spec.shape)) {
    throw new NasDistillError(
      'INTERNAL',
      `${what}: ${describe(spec)} needs ${sizeOf(spec.shape)} values, got ${value.data.length} in a ${value.data.constructor.name}`,
    );
  }
}

/** `float32[64,32,32,3]` */
export function describe(spec: TensorSpec): string {
  return `${spec.dtype}[${spec.shape.join(',')}]`;
}

/** @throws NasDistillError INTERNAL if a state does not have the specs that a step was compiled for */
export function assertSameSpecs(actual: TensorSpecs, expected: TensorSpecs): void {
  const text = (specs: TensorSpecs) =>
    Object.keys(specs)
      .sort()
      .map((name) => `${name} ${describe(specs[name])}`)
      .join('; ');
  if (text(actual) !== text(expected)) {
    throw new NasDistillError('INTERNAL', 'the state does not have the specs that the step was compiled for');
  }
}
