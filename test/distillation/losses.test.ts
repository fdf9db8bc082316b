import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { losses } from '../../src/distillation/losses/registry.js';
import { parseLossTerms } from '../../src/distillation/parseLossTerms.js';
import { attentionLoss } from '../../src/distillation/losses/attention.js';
import { crossEntropy } from '../../src/distillation/losses/ce.js';
import { contrastiveLoss } from '../../src/distillation/losses/contrastive.js';
import { crossCorrelationLoss } from '../../src/distillation/losses/crossCorrelation.js';
import { distLoss } from '../../src/distillation/losses/dist.js';
import { dkdLoss } from '../../src/distillation/losses/dkd.js';
import { featureL2Loss } from '../../src/distillation/losses/featureL2.js';
import { hardLoss } from '../../src/distillation/losses/hard.js';
import { hintLoss } from '../../src/distillation/losses/hint.js';
import { kdLoss } from '../../src/distillation/losses/kd.js';
import { logitStandardizationLoss } from '../../src/distillation/losses/logitStandardization.js';
import { ofaLoss } from '../../src/distillation/losses/ofa.js';
import { pktLoss } from '../../src/distillation/losses/pkt.js';
import { rkdAngleLoss, rkdDistanceLoss } from '../../src/distillation/losses/rkd.js';
import { similarityLoss } from '../../src/distillation/losses/similarity.js';
import type { Engine, HostTensor } from '../../src/engines/Engine.js';
import { lossAndGradients } from '../../src/engines/lossAndGradients.js';
import { engines, openEngine } from '../../src/engines/registry.js';
import { add, cast, mul, oneHot, type Tensor, type Tensor1D, type Tensor4D } from '../../src/engines/tf.js';

interface Golden {
  inputs: { student: unknown[]; teacher?: unknown[]; labels?: number[] };
  value: number;
  grad: unknown[];
}
const goldens = (
  JSON.parse(readFileSync(new URL('../goldens/losses.json', import.meta.url), 'utf8')) as {
    losses: Record<string, Golden>;
  }
).losses;

type Compute = (s: Tensor, t: Tensor, y: Tensor) => Tensor;
const cases: Record<string, Compute> = {
  cross_entropy: (s, _t, y) => crossEntropy(s, y),
  'label_smoothing_0.1': (s, _t, y) => crossEntropy(s, add(mul(y, 0.9), 0.1 / 10)),
  kd_T1: (s, t) => kdLoss(s, t, 1),
  kd_T4: (s, t) => kdLoss(s, t, 4),
  kd_seed_mix: (s, t, y) => add(mul(kdLoss(s, t, 4), 0.7), mul(crossEntropy(s, y), 0.3)),
  hard_distillation: (s, t) => hardLoss(s, t),
  dkd: (s, t, y) => dkdLoss(s, t, y, { alpha: 1, beta: 8, temperature: 4 }),
  dist: (s, t) => distLoss(s, t, { beta: 1, gamma: 1, temperature: 1 }),
  ofa_eps1: (s, t, y) => ofaLoss(s, t, y, { eps: 1, temperature: 1 }),
  'ofa_eps1.5': (s, t, y) => ofaLoss(s, t, y, { eps: 1.5, temperature: 1 }),
  logit_standardization: (s, t) => logitStandardizationLoss(s, t, 2),
  attention_transfer: (s, t) => attentionLoss(s as Tensor4D, t as Tensor4D),
  hint_mse: (s, t) => hintLoss(s, t),
  feature_l2: (s, t) => featureL2Loss(s, t),
  similarity_preserving: (s, t) => similarityLoss(s, t),
  rkd_distance: (s, t) => rkdDistanceLoss(s, t),
  rkd_angle: (s, t) => rkdAngleLoss(s, t),
  pkt: (s, t) => pktLoss(s, t),
  contrastive_infonce: (s, t) => contrastiveLoss(s, t, 0.07),
  cross_correlation: (s, t) => crossCorrelationLoss(s, t, 0.01),
};

function host(nested: unknown[]): HostTensor {
  const shape: number[] = [];
  for (let level: unknown = nested; Array.isArray(level); level = level[0]) shape.push(level.length);
  return { shape, dtype: 'float32', data: Float32Array.from(nested.flat(Infinity) as number[]) };
}

const native = await engines.native.probe();
if (!native.available) it.skip(`losses on native: ${native.reason}; get it with: ${native.install}`);

describe.each(['onnx', 'wasm', ...(native.available ? ['native' as const] : [])] as const)(
  'losses against the goldens on %s',
  (name) => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await openEngine(name, { threads: 1 });
    });

    it.each(Object.keys(cases))('%s: value and gradient', async (key) => {
      const { inputs, value, grad } = goldens[key];
      const state = engine.createState({ student: host(inputs.student) });
      const feeds = {
        teacher: host(inputs.teacher ?? [0]),
        labels: {
          shape: [8],
          dtype: 'int32' as const,
          data: Int32Array.from(inputs.labels ?? new Array<number>(8).fill(0)),
        },
      };
      const step = await engine.compile(
        (s, f) => {
          const y = cast(oneHot(f.labels as Tensor1D, 10), 'float32');
          const { loss, grads } = lossAndGradients({ student: s.student }, (p) => ({
            loss: cases[key](p.student, f.teacher, y),
          }));
          return { outputs: { loss, grad: grads.student } };
        },
        state.specs,
        feeds,
      );
      const out = await step.run(state, feeds);
      expect(Math.abs(out.loss.data[0] - value) / Math.abs(value)).toBeLessThan(1e-4);
      const expected = grad.flat(Infinity) as number[];
      const scale = Math.max(...expected.map(Math.abs));
      expected.forEach((g, i) => expect(Math.abs(out.grad.data[i] - g) / scale, `gradient ${i}`).toBeLessThan(1e-3));
      step.dispose();
      state.dispose();
    });
  },
);

describe('loss terms', () => {
  it('lists every loss with a summary and a paper', () => {
    for (const entry of Object.values(losses)) expect(entry.summary.length).toBeGreaterThan(5);
  });
  it.each([
    [[{ loss: 'kdd', weight: 1 }], 'unknown loss "kdd"'],
    [[{ loss: 'kd', weight: -1 }], 'weight is -1'],
    [[{ loss: 'kd', weight: NaN }], 'weight is NaN'],
    [[{ loss: 'kd', weight: 1, options: { temprature: 4 } }], 'temprature'],
    [[{ loss: 'kd', weight: 1, options: { temperature: 0 } }], 'temperature'],
    [[{ loss: 'none', weight: 1 }], 'no loss'],
  ])('refuses %j', (terms, message) => {
    expect(() => parseLossTerms(terms)).toThrow(message);
  });
});

it('taps that are no grids are refused by name, before any step, by adapted and by relational losses', () => {
  for (const name of ['hint', 'attention'] as const) {
    const loss = losses[name].create({ student: 'a', teacher: 'b' });
    expect(() => loss.init({ a: [4, 5] }, { b: [2, 3, 4, 5] }, createRng(1), 10)).toThrow(
      'student tap a [4, 5] cannot be compared with teacher tap b [2, 3, 4, 5]',
    );
  }
});
