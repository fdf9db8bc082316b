import type { HostTensor, HostTensors, Tensors } from '../../src/engines/Engine.js';
import { specsOf } from '../../src/engines/hostTensors.js';
import { createWasmEngine } from '../../src/engines/wasm/createWasmEngine.js';

/** Runs a function of tensors once on the wasm engine. */
export async function onWasm(
  inputs: HostTensors,
  compute: (inputs: Tensors) => Tensors,
): Promise<Record<string, HostTensor>> {
  const engine = await createWasmEngine({ threads: 1 });
  const step = await engine.compile((state) => ({ outputs: compute(state) }), specsOf(inputs), {});
  const state = engine.createState(inputs);
  const outputs = await step.run(state, {});
  engine.close();
  return outputs;
}

/** Largest absolute difference. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}
