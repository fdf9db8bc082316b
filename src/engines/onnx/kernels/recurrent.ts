import { recurrenceKernel } from '../../recurrence.js';
import type { KernelTable } from './types.js';

export const recurrentKernels = {
  // ONNX's own operators: one node, where an unrolled layer is a dozen for each step.
  [recurrenceKernel]: {
    infer: (c) => {
      const [tokens, batch] = c.in('x').shape;
      return { shape: [tokens, c.attrs.num('directions'), batch, c.attrs.num('units')], dtype: 'float32' };
    },
    lower: (c) => {
      const lengths = c.optional('lengths');
      const inputs = [
        ...['x', 'w', 'r', 'b'].map((name) => c.to.get(c.in(name))),
        ...(lengths ? [c.to.get(lengths)] : []),
      ];
      const direction = c.attrs.num('directions') === 2 ? 'bidirectional' : 'forward';
      const attrs = { hidden_size: c.attrs.num('units'), direction };
      const lstm = c.attrs.str('op') === 'lstm';
      c.to.set(
        c.out,
        lstm ? c.graph.op('LSTM', inputs, attrs) : c.graph.op('GRU', inputs, { ...attrs, linear_before_reset: 1 }),
      );
    },
  },
} satisfies KernelTable;
