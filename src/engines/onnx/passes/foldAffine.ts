import { createValue, type TraceGraph, type TraceNode, type TraceValue } from '../ir.js';
import { readersOf } from './readersOf.js';

/**
 * A convolution that only a line of its result reads, with one scale and offset a channel (batch norm outside training), has
 * the line in its filter and bias: two small products instead of a pass over the image.
 */
export function foldAffine(graph: TraceGraph): TraceGraph {
  const readers = readersOf(graph);
  const convolutions = new Map<number, TraceNode>();
  const gone = new Set<TraceNode>();
  const nodes = graph.nodes.flatMap((node): TraceNode[] => {
    const linear = (node.attrs.activation ?? 'linear') === 'linear';
    if (
      /^(Fused)?(Conv2D|DepthwiseConv2d)/i.test(node.kernel) &&
      linear &&
      'filter' in node.inputs &&
      'x' in node.inputs
    ) {
      convolutions.set(node.outputs[0].id, node);
    }
    if (node.kernel !== 'ChannelAffine') return [node];
    const { x, scale, offset } = node.inputs;
    const conv = convolutions.get(x.id);
    if (conv === undefined || readers.get(x.id) !== 1 || scale.shape[0] !== x.shape[3]) return [node];
    const folded = fold(conv, scale, offset, node.outputs);
    if (folded === undefined) return [node];
    gone.add(conv);
    return folded;
  });
  return { ...graph, nodes: nodes.filter((n) => !gone.has(n)) };
}

function fold(
  conv: TraceNode,
  scale: TraceValue,
  offset: TraceValue,
  outputs: readonly TraceValue[],
): TraceNode[] | undefined {
  const { filter, bias } = conv.inputs;
  const depthwise = conv.kernel.includes('Depthwise');
  const [, , channels, multiplier] = filter.shape;
  if (bias !== undefined && bias.shape.length !== 1) return undefined;
  const made: TraceNode[] = [];
  const make = (kernel: string, inputs: TraceNode['inputs'], shape: readonly number[], attrs = {}): TraceValue => {
    const value = createValue({ shape, dtype: 'float32' });
    made.push({ kernel, inputs, attrs, outputs: [value] });
    return value;
  };
  const shape = [channels, multiplier];
  const beside = depthwise ? make('Reshape', { x: scale }, shape, { shape }) : scale;
  const scaled = make('Multiply', { a: filter, b: beside }, filter.shape);
  const moved =
    bias === undefined
      ? offset
      : make('Add', { a: make('Multiply', { a: bias, b: scale }, scale.shape), b: offset }, scale.shape);
  return [
    ...made,
    {
      kernel: depthwise ? 'FusedDepthwiseConv2D' : 'FusedConv2D',
      inputs: { x: conv.inputs.x, filter: scaled, bias: moved },
      attrs: { ...conv.attrs, activation: 'linear' },
      outputs,
    },
  ];
}
