import type { OnnxNode } from './OnnxGraph.js';

/**
 * Nodes that the WebGPU provider of onnxruntime 1.30 takes and then cannot compute (a max pool with indices fails at its
 * first run; a Split into more parts than a shader may have buffers, of which WebGPU promises 8) or computes wrongly (a
 * grouped ConvTranspose with several channels a group). They carry a name, so that the engine can leave them to the CPU.
 */
export function isWebgpuGap(node: OnnxNode): boolean {
  if (node.op === 'MaxPool') return node.outputs.length > 1;
  if (node.op === 'Split') return node.outputs.length + 1 > 8;
  return node.op === 'ConvTranspose' && typeof node.attrs.group === 'number' && node.attrs.group > 1;
}

export function nodeName(node: OnnxNode): string {
  return `${node.op}/${node.outputs[0]}`;
}
