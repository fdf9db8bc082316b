import { describe, expect, it } from 'vitest';
import { benchmarkModes, openBenchmark } from '../../src/benchmarks/benchmarkProgram.js';
import { benchmarkNetNames, benchmarkNets } from '../../src/benchmarks/nets.js';
import { countParams } from '../../src/costs/params.js';
import { openEngine } from '../../src/engines/registry.js';
import { inferShapes } from '../../src/models/inferShapes.js';
import { validateModelSpec } from '../../src/models/validateModelSpec.js';

// Trainable parameters of bench/peer.py's nets: sum(p.numel() for p in model.parameters()) in PyTorch.
const peerParams = { cnn: 113_738, mobilenet: 107_134, vit: 105_418 };

describe('the nets of the engine benchmark', () => {
  for (const net of benchmarkNetNames) {
    it(`${net} is a valid model with as many parameters as its peer in PyTorch`, () => {
      const { spec } = benchmarkNets[net];
      validateModelSpec(spec);
      expect(trainable(net)).toBe(peerParams[net]);
    });
  }

  it('run a step and a forward pass on the default engine', async () => {
    const engine = await openEngine('onnx', { threads: 1 });
    for (const net of benchmarkNetNames) {
      for (const mode of benchmarkModes) {
        const program = await openBenchmark(engine, { net, batch: 2, mode });
        expect(await program.run()).toBeGreaterThan(0);
        expect(program.compileMs).toBeGreaterThan(0);
        program.dispose();
      }
    }
    engine.close();
  }, 60_000);
});

/** countParams counts moving statistics too: two for each channel of a batch norm, as many as it trains. */
function trainable(net: keyof typeof benchmarkNets): number {
  const { spec } = benchmarkNets[net];
  const shapes = inferShapes(spec);
  const statistics = spec.nodes.flatMap((node) =>
    node.op === 'batch_norm' ? [shapes.get(node.name)?.at(-1) ?? 0] : [],
  );
  return countParams(spec) - 2 * statistics.reduce((a, b) => a + b, 0);
}
