import { NasDistillError, messageOf } from '../../core/errors.js';
import { engines, probeEngines, type EngineReport } from '../../engines/registry.js';
import { lossAndGradients } from '../../engines/lossAndGradients.js';
import { matMul, mean, mul, square, sub } from '../../engines/tf.js';
import type { HostTensor, StepFunction } from '../../engines/Engine.js';
import type { Finding } from './Check.js';

/** Opens every installed engine and takes one training step with it, whose result is known by hand. */
export async function checkEngines(): Promise<Finding[]> {
  const reports = await probeEngines();
  const findings: Finding[] = [];
  // One after the other: two engines at once would disturb each other's backend.
  for (const report of reports) findings.push(await checkEngine(report));
  if (findings.some((finding) => finding.state === 'ok')) return findings;
  return [...findings, { state: 'fault', what: 'engine', found: 'none works', hint: 'Run npm run setup, or npm ci.' }];
}

async function checkEngine(report: EngineReport): Promise<Finding> {
  const what = `engine ${report.name}`;
  if (!report.available) {
    const hint = report.install === undefined ? {} : { hint: report.install };
    // The default engines come with the package; the others are asked for.
    const state = report.name === 'onnx' || report.name === 'wasm' ? 'fault' : 'note';
    return { state, what, found: report.reason ?? 'not installed', ...hint };
  }
  try {
    const startedAt = performance.now();
    const engine = await engines[report.name].open({ threads: 1 });
    try {
      const state = engine.createState({ weight });
      const step = await engine.compile(descend, { weight }, { x });
      await step.run(state, { x });
      const { weight: after } = await state.read();
      step.dispose();
      state.dispose();
      const took = `a step is right, opened and compiled in ${(performance.now() - startedAt).toFixed(0)} ms`;
      if (expected.every((value, i) => Math.abs(after.data[i] - value) < 1e-5)) {
        return { state: 'ok', what, found: `${report.version ?? ''}: ${took}` };
      }
      return { state: 'fault', what, found: `a step gives ${[...after.data].join(', ')}, not ${expected.join(', ')}` };
    } finally {
      engine.close();
    }
  } catch (error) {
    const hint = error instanceof NasDistillError && error.hint !== undefined ? { hint: error.hint } : {};
    return { state: 'fault', what, found: messageOf(error).split('\n')[0], ...hint };
  }
}

const tensor = (shape: number[], ...values: number[]): HostTensor => {
  return { shape, dtype: 'float32', data: Float32Array.from(values) };
};
const x = tensor([2, 2], 1, 2, 3, 4);
const weight = tensor([2, 1], 0.5, -1);

/** mean((x w)^2) with x w = (-1.5, -2.5): its gradient is x' (x w) = (-9, -13); w - 0.1 of that. */
const expected = [1.4, 0.3];
const descend: StepFunction = (state, feeds) => {
  const { loss, grads } = lossAndGradients({ weight: state.weight }, ({ weight: w }) => ({
    loss: mean(square(matMul(feeds.x, w))),
  }));
  return { state: { weight: sub(state.weight, mul(grads.weight, 0.1)) }, outputs: { loss } };
};
