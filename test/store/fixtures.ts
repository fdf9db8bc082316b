import type { ModelSpec } from '../../src/models/ModelSpec.js';
import type { NewTrial } from '../../src/store/types.js';

const spec: ModelSpec = {
  input: [8, 8, 1],
  nodes: [
    {
      name: 'conv',
      op: 'conv2d',
      inputs: ['input'],
      filters: 4,
      kernel: 3,
      stride: 1,
      padding: 'same',
      useBias: false,
    },
    { name: 'pool', op: 'global_avg_pool', inputs: ['conv'] },
    { name: 'logits', op: 'dense', inputs: ['pool'], units: 10, useBias: true },
  ],
  logits: 'logits',
  taps: { last: 'conv' },
};

/** A trial that differs from others by `id` only. */
export function newTrial(id: string, more: Partial<NewTrial> = {}): NewTrial {
  return {
    origin: 'search',
    architectureId: id,
    architecture: { choices: { width: 4, 'stage1.kernel': 3, attention: false, activation: null } },
    spec,
    costs: { bytes: 344, params: 86, macs: 2344, memory: 1280 },
    ...more,
  };
}
