import { expect, it } from 'vitest';
import { difficultyWeights } from '../../src/distillation/weighting/difficulty.js';
import { weightings } from '../../src/distillation/weighting/registry.js';
import { crossEntropy } from '../../src/distillation/losses/ce.js';
import { lossAndGradients } from '../../src/engines/lossAndGradients.js';
import { openEngine } from '../../src/engines/registry.js';
import { add, mul, sum, type Tensor } from '../../src/engines/tf.js';

const f32 = (shape: number[], values: number[]) => ({
  shape,
  dtype: 'float32' as const,
  data: Float32Array.from(values),
});
const logits = [2, 0, -1, 0, 1, 0, -2, 0.5, 1];
const softmax = (row: number[]) => row.map((x) => Math.exp(x) / row.reduce((s, y) => s + Math.exp(y), 0));
const rows = (flat: number[]) => [0, 1, 2].map((i) => flat.slice(3 * i, 3 * i + 3));

it.each(['wasm', 'onnx'] as const)(
  'difficulty on %s: the equation, a mean of 1, and a constant to the gradient',
  async (name) => {
    const engine = await openEngine(name, { threads: 1 });
    const labels = [0, 0, 1];
    const teacher = logits.map((x) => -x);
    const oneHot = labels.flatMap((y) => [0, 1, 2].map((c) => Number(c === y)));
    const feeds = { teacher: f32([3, 3], teacher), oneHot: f32([3, 3], oneHot) };
    const state = engine.createState({ student: f32([3, 3], logits) });
    const step = await engine.compile(
      (s, f) => {
        const weightsOf = (student: Tensor) =>
          difficultyWeights({ student, teacher: f.teacher, oneHot: f.oneHot }, { gamma: 2, trust: 0.5 });
        const { grads } = lossAndGradients({ student: s.student }, (p) => ({
          loss: crossEntropy(p.student, f.oneHot, weightsOf(p.student)),
        }));
        return { outputs: { weights: weightsOf(s.student), grad: grads.student } };
      },
      state.specs,
      feeds,
    );
    const { weights, grad } = await step.run(state, feeds);
    const p = rows(logits).map(softmax);
    const t = rows(teacher).map(softmax);
    const raw = labels.map((y, i) => (1 - p[i][y]) ** 2 * t[i][y] ** 0.5);
    const mean = raw.reduce((a, b) => a + b) / 3;
    raw.forEach((w, i) => expect(weights.data[i]).toBeCloseTo(w / mean, 3));
    expect(Array.from(weights.data).reduce((a, b) => a + b) / 3).toBeCloseTo(1, 3);
    // Of a weighted mean of cross entropies with constant weights: w_i * (p - y) / B.
    const expected = labels.flatMap((y, i) => p[i].map((q, c) => ((raw[i] / mean) * (q - Number(c === y))) / 3));
    expected.forEach((g, i) => expect(grad.data[i]).toBeCloseTo(g, 4));
    engine.close();
  },
);

it.each(['wasm', 'onnx'] as const)(
  'uncertainty on %s: w exp(-s) L + s / 2, least where exp(-s) w L is a half',
  async (name) => {
    const engine = await openEngine(name, { threads: 1 });
    const weighting = weightings.uncertainty.create();
    const losses = [3, 0.2];
    const weights = [1, 0.3];
    // The point that the derivative gives by hand: s = log(2 w L).
    const best = losses.map((loss, i) => Math.log(2 * weights[i] * loss));
    const at = async (s: number[]) => {
      const state = engine.createState({ s: f32([2], s) });
      const step = await engine.compile(
        (own) => {
          const { loss, grads } = lossAndGradients({ s: own.s }, (p) => {
            const values = losses.map((value) => add(mul(sum(p.s), 0), value));
            const { total } = weighting.combine(
              values.map((value, i) => ({ value, weight: weights[i] })),
              p,
            );
            return { loss: total };
          });
          return { outputs: { loss, grad: grads.s } };
        },
        state.specs,
        {},
      );
      return step.run(state, {});
    };
    const { loss, grad } = await at(best);
    const value = losses.reduce((total, l, i) => total + weights[i] * Math.exp(-best[i]) * l + best[i] / 2, 0);
    expect(loss.data[0]).toBeCloseTo(value, 5);
    grad.data.forEach((g) => expect(g).toBeCloseTo(0, 5));
    expect((await at(best.map((s) => s + 1))).loss.data[0]).toBeGreaterThan(loss.data[0]);
    engine.close();
  },
);
