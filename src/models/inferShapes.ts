import { NasDistillError } from '../core/errors.js';
import type { Shape } from './layers/LayerEntry.js';
import { layers } from './layers/registry.js';
import { ShapeMismatch, showShape } from './layers/ShapeMismatch.js';
import type { ModelSpec, NodeSpec } from './ModelSpec.js';

const known = new WeakMap<ModelSpec, Map<string, Shape>>();

/**
 * The output shape of every node, without the batch; `input` is the model's input. Kept for each spec object, so asking
 * again is free (a spec is not changed once made). @throws NasDistillError MODEL naming the node and the shapes
 */
export function inferShapes(spec: ModelSpec): ReadonlyMap<string, Shape> {
  const before = known.get(spec);
  if (before) return before;
  const shapes = new Map<string, Shape>([['input', spec.input]]);
  for (const node of spec.nodes) {
    if (shapes.has(node.name)) throw modelError(`node '${node.name}': the name is used twice`);
    shapes.set(node.name, outputShape(node, inputShapes(node, shapes)));
  }
  const logits = shapes.get(spec.logits);
  if (!logits || spec.logits === 'input') throw modelError(`logits: there is no node '${spec.logits}'`);
  if (logits.length !== 1) throw modelError(`logits '${spec.logits}': needs [classes], has ${showShape(logits)}`);
  for (const [tap, target] of Object.entries(spec.taps)) {
    if (!targetShape(spec, target, shapes)) throw modelError(`tap '${tap}': there is no node '${target}'`);
  }
  known.set(spec, shapes);
  return shapes;
}

/** Shape of every tap, without the batch. */
export function tapShapes(spec: ModelSpec): Record<string, Shape> {
  const shapes = inferShapes(spec);
  return Object.fromEntries(
    Object.entries(spec.taps).map(([tap, target]) => [tap, targetShape(spec, target, shapes) ?? []]),
  );
}

/** Shapes of a node's inputs. @throws NasDistillError MODEL if one is not defined before the node */
export function inputShapes(node: NodeSpec, shapes: ReadonlyMap<string, Shape>): Shape[] {
  const inputs: Shape[] = [];
  for (const input of node.inputs) {
    const shape = shapes.get(input);
    if (!shape) throw modelError(`node '${node.name}': its input '${input}' is no earlier node`);
    inputs.push(shape);
  }
  return inputs;
}

function outputShape(node: NodeSpec, inputs: Shape[]): Shape {
  const entry = layers[node.op];
  try {
    return entry.outputShape(node, inputs);
  } catch (error) {
    if (!(error instanceof ShapeMismatch)) throw error;
    throw modelError(
      `node '${node.name}' (${node.op} of ${node.inputs.map((name, i) => `${name} ${showShape(inputs[i])}`).join(', ')}): ${error.message}`,
    );
  }
}

/** A tap names a node, or `node/extra` for an inner tensor such as attention's `weights`. */
function targetShape(spec: ModelSpec, target: string, shapes: ReadonlyMap<string, Shape>): Shape | undefined {
  const whole = shapes.get(target);
  if (whole !== undefined) return whole;
  const [name, extra] = target.split('/');
  if (extra === undefined) return undefined;
  const node = spec.nodes.find((candidate) => candidate.name === name);
  return node && layers[node.op].extras?.(node, inputShapes(node, shapes))[extra];
}

function modelError(message: string): NasDistillError {
  return new NasDistillError('MODEL', message);
}
