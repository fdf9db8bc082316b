import type { TraceNode, TraceValue } from '../ir.js';
import type { Producers, Rule } from './rewrite.js';

/** slope * x + shift */
interface Affine {
  readonly x: TraceValue;
  readonly slope: number;
  readonly shift: number;
}

/**
 * How steep a step between two numbers is: the float next to the threshold is already past the ramp, for thresholds of
 * magnitude 1e-3 and more.
 */
const steep = 1e12;

/** clip(slope * x + shift, 0, 1), and a step at a place other than zero, are one HardSigmoid each instead of three passes. */
export const fuseHardSigmoid: Rule = (node, producers) => {
  const { x } = node.inputs;
  if (node.kernel === 'ClipByValue' && node.attrs.clipValueMin === 0 && node.attrs.clipValueMax === 1) {
    return fused(node, affineOf(x, producers));
  }
  if (node.kernel !== 'Step' || (node.attrs.alpha ?? 0) !== 0) return undefined;
  const inner = affineOf(x, producers);
  if (inner === undefined || Math.abs(inner.shift) < 1e-3) return undefined;
  return fused(node, { x: inner.x, slope: inner.slope * steep, shift: inner.shift * steep });
};

function fused(node: TraceNode, affine: Affine | undefined): TraceNode[] | undefined {
  if (affine === undefined || affine.x.dtype !== 'float32') return undefined;
  const { slope, shift } = affine;
  return [{ kernel: 'HardSigmoid', inputs: { x: affine.x }, attrs: { slope, shift }, outputs: node.outputs }];
}

/** Reads additions of a number and multiplications by a number, innermost first. */
function affineOf(v: TraceValue, producers: Producers): Affine | undefined {
  const node = producers.get(v.id);
  if (node === undefined) return undefined;
  const { a, b } = node.inputs;
  if (node.kernel === 'Add') return shifted(inner(a, b, producers), a.fill ?? b.fill, 1);
  if (node.kernel === 'Sub' && b.fill !== undefined) return shifted(inner(a, b, producers), -b.fill, 1);
  if (node.kernel === 'Sub' && a.fill !== undefined) return shifted(inner(a, b, producers), a.fill, -1);
  return scaled(v, producers);
}

/** The operand that is no number, as slope * x. */
function inner(a: TraceValue, b: TraceValue, producers: Producers): Affine | undefined {
  const x = a.fill === undefined ? a : b;
  if (x.fill !== undefined) return undefined;
  return scaled(x, producers) ?? { x, slope: 1, shift: 0 };
}

function scaled(v: TraceValue, producers: Producers): Affine | undefined {
  const node = producers.get(v.id);
  if (node?.kernel !== 'Multiply') return undefined;
  const { a, b } = node.inputs;
  const factor = a.fill ?? b.fill;
  const x = a.fill === undefined ? a : b;
  return factor === undefined || x.fill !== undefined ? undefined : { x, slope: factor, shift: 0 };
}

function shifted(affine: Affine | undefined, by: number | undefined, sign: 1 | -1): Affine | undefined {
  if (affine === undefined || by === undefined) return undefined;
  return { x: affine.x, slope: sign * affine.slope, shift: sign * affine.shift + by };
}
