import { runtimeDomain, type OnnxGraph } from '../OnnxGraph.js';
import type { NodeRule } from './NodeRule.js';

/** A product of matrices reads an operand whose last two axes were exchanged as it lay before, at no cost. */
export const turnedOperands: NodeRule = ({ op, inputs, attrs }, graph) => {
  if (op !== 'MatMul' && op !== 'FusedMatMul') return undefined;
  const [a, b] = inputs.map((name) => beforeTurn(name, graph));
  if (a === undefined && b === undefined) return undefined;
  const flag = (name: string, turned: boolean): number => ((attrs[name] === 1) !== turned ? 1 : 0);
  const { alpha = { float: 1 } } = attrs;
  return {
    op: 'FusedMatMul',
    inputs: [a ?? inputs[0], b ?? inputs[1]],
    attrs: { transA: flag('transA', a !== undefined), transB: flag('transB', b !== undefined), alpha },
    domain: runtimeDomain,
  };
};

function beforeTurn(name: string, graph: OnnxGraph): string | undefined {
  const maker = graph.maker(name);
  const perm = maker?.op === 'Transpose' ? maker.attrs.perm : undefined;
  if (maker === undefined || !Array.isArray(perm) || perm.length < 2) return undefined;
  const last = perm.length - 1;
  const turns = perm.every((axis, i) => axis === (i < last - 1 ? i : 2 * last - 1 - i));
  return turns ? maker.inputs[0] : undefined;
}
