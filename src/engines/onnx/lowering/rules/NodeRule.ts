import type { OnnxGraph, OnnxNode } from '../OnnxGraph.js';

/** A node before it is added to a graph. */
export type NewNode = Pick<OnnxNode, 'op' | 'inputs' | 'attrs' | 'domain'>;

/**
 * A local change of a node that is about to be added: `undefined` leaves it alone, another node takes its place (with as many
 * outputs), and a name is a value that its only output equals.
 */
export type NodeRule = (node: NewNode, graph: OnnxGraph) => NewNode | string | undefined;
