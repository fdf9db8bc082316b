import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { attentionLoss } from '../../src/distillation/losses/attention.js';
import { attentionMapsLoss } from '../../src/distillation/losses/attentionMaps.js';
import { contrastiveLoss } from '../../src/distillation/losses/contrastive.js';
import { crdLoss } from '../../src/distillation/losses/crd.js';
import { crossCorrelationLoss } from '../../src/distillation/losses/crossCorrelation.js';
import { distLoss } from '../../src/distillation/losses/dist.js';
import { dkdLoss } from '../../src/distillation/losses/dkd.js';
import { featureL2Loss } from '../../src/distillation/losses/featureL2.js';
import { graphLoss } from '../../src/distillation/losses/graph.js';
import { hardLoss } from '../../src/distillation/losses/hard.js';
import { hintLoss } from '../../src/distillation/losses/hint.js';
import { kdLoss } from '../../src/distillation/losses/kd.js';
import { logitStandardizationLoss } from '../../src/distillation/losses/logitStandardization.js';
import { ofaLoss } from '../../src/distillation/losses/ofa.js';
import { pktLoss } from '../../src/distillation/losses/pkt.js';
import { hclLoss } from '../../src/distillation/losses/review.js';
import { rkdAngleLoss, rkdDistanceLoss } from '../../src/distillation/losses/rkd.js';
import { similarityLoss } from '../../src/distillation/losses/similarity.js';
import { unitRows } from '../../src/distillation/unitRows.js';
import type { Engine } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import { add, reverse, mul, slice, softmax, type Tensor, type Tensor4D } from '../../src/engines/tf.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine('onnx', { threads: 1 });
});
afterAll(() => engine.close());

const drawn = (shape: number[], seed: string) => {
  const rng = createRng(seed);
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal());
  return { shape, dtype: 'float32' as const, data };
};

async function values(shape: number[], compute: (x: Tensor, y: Tensor) => Record<string, Tensor>) {
  const feeds = { x: drawn(shape, 'x'), y: drawn(shape, 'y') };
  const step = await engine.compile((_, { x, y }) => ({ outputs: compute(x, y) }), {}, feeds);
  const out = await step.run(engine.createState({}), feeds);
  step.dispose();
  return Object.fromEntries(Object.entries(out).map(([name, { data }]) => [name, data[0]]));
}

const zeroLabels = (x: Tensor) => softmax(mul(reverse(x, -1), 1000));
type Loss = (s: Tensor, t: Tensor) => Tensor;
const outputs: Record<string, Loss> = {
  kd: (s, t) => kdLoss(s, t, 4),
  dkd: (s, t) => dkdLoss(s, t, zeroLabels(t), { alpha: 1, beta: 8, temperature: 4 }),
  dist: (s, t) => distLoss(s, t, { beta: 1, gamma: 1, temperature: 1 }),
  'logit-standardization': (s, t) => logitStandardizationLoss(s, t, 2),
};
const features: Record<string, Loss> = {
  hint: hintLoss,
  'feature-l2': featureL2Loss,
  attention: (s, t) => attentionLoss(s as Tensor4D, t as Tensor4D),
  similarity: similarityLoss,
  'rkd distance': rkdDistanceLoss,
  'rkd angle': rkdAngleLoss,
  pkt: pktLoss,
  review: (s, t) => hclLoss(s as Tensor4D, t as Tensor4D),
  graph: (s, t) => graphLoss(s, t, { k: 3, edges: 1, nodes: 1 }),
  'attention-maps': attentionMapsLoss,
};

describe('a loss of a teacher against itself is its minimum: 0, and more for anyone else', () => {
  const check = (shape: number[]) => async (name: string) => {
    const loss = (name in outputs ? outputs : features)[name];
    const near = (x: Tensor, y: Tensor) => add(x, mul(y, 0.3));
    const found = await values(shape, (x, y) => ({ same: loss(x, x), near: loss(near(x, y), x), far: loss(y, x) }));
    // feature-l2 keeps its root's gradient finite by 1e-6.
    expect(Math.abs(found.same)).toBeLessThan(3e-6);
    expect(found.near).toBeGreaterThan(1e-4 * (name === 'pkt' ? 0.1 : 1));
    expect(found.far).toBeGreaterThan(found.near);
  };
  it.each(Object.keys(outputs))('%s', check([8, 6]));
  it.each(Object.keys(features))('%s', check([8, 4, 4, 5]));
  it('ofa with eps 1 is the cross entropy to the teacher: least, not 0, at the teacher itself', async () => {
    const loss = (s: Tensor, t: Tensor) => ofaLoss(s, t, mul(t, 0), { eps: 1, temperature: 1 });
    const found = await values([8, 6], (x, y) => ({ same: loss(x, x), near: loss(add(x, mul(y, 0.1)), x) }));
    expect(found.near).toBeGreaterThan(found.same);
  });
});

describe('losses whose least value is not 0', () => {
  const least = async (shape: number[], loss: Loss) => {
    const near = (x: Tensor, y: Tensor) => add(x, mul(y, 0.5));
    const found = await values(shape, (x, y) => ({ same: loss(x, x), near: loss(near(x, y), x), far: loss(y, x) }));
    expect(found.near).toBeGreaterThan(found.same);
    expect(found.far).toBeGreaterThan(found.near);
  };
  it('contrastive and crd tell the teacher’s own embedding from all others', async () => {
    await least([8, 12], (s, t) => contrastiveLoss(s, t, 0.5));
    await least([8, 12], (s, t) => crdLoss(unitRows(s), unitRows(t), undefined, 0.5));
    await least([8, 12], (s, t) => crdLoss(unitRows(s), unitRows(t), unitRows(reverse(t, -1)), 0.5));
  });
  it.each([0.5, 0.02, 0.003])(
    'crd of the batch alone is the contrastive loss, at temperature %f',
    async (temperature) => {
      const found = await values([8, 12], (x, y) => ({
        crd: crdLoss(unitRows(x), unitRows(y), undefined, temperature),
        contrastive: contrastiveLoss(x, y, temperature),
      }));
      expect(found.crd / found.contrastive).toBeCloseTo(1, 4);
    },
  );
  it('cross-correlation and hard', async () => {
    await least([32, 4], (s, t) => crossCorrelationLoss(s, t, 0));
    await least([16, 6], (s, t) => hardLoss(mul(s, 2), t));
  });
});

describe('what the papers claim makes no difference', () => {
  const same = async (shape: number[], loss: Loss, change: (s: Tensor) => Tensor) => {
    const found = await values(shape, (x, y) => ({ before: loss(x, y), after: loss(change(x), y) }));
    expect(Math.abs(found.before)).toBeGreaterThan(1e-5);
    expect(found.after / found.before).toBeCloseTo(1, 4);
  };
  const shift = (s: Tensor) => add(s, 3);
  it.each(['kd', 'dkd', 'dist', 'logit-standardization'])('%s: a shift of all logits', (name) =>
    same([8, 6], outputs[name], shift),
  );
  it('logit-standardization: the scale of the logits', () =>
    same([8, 6], outputs['logit-standardization'], (s) => mul(s, 5)));
  it('attention: the scale, the sign and the order of channels', () =>
    same([4, 4, 4, 5], features.attention, (s) => reverse(mul(s, -3), -1)));
  it.each(['similarity', 'pkt', 'rkd distance', 'rkd angle'])(
    '%s: the scale and a reflection of feature space',
    (name) => same([8, 5], features[name], (s) => reverse(mul(s, -3), -1)),
  );
  it.each(['rkd distance', 'rkd angle'])('%s: a translation of feature space', (name) =>
    same([8, 5], features[name], shift),
  );
  it('graph: the scale of feature space', () => same([8, 5], features.graph, (s) => mul(s, 3)));
  it('contrastive: the scale of feature space', () =>
    same([8, 5], (s, t) => contrastiveLoss(s, t, 0.5), (s) => mul(s, 3))); // prettier-ignore
  it('cross-correlation: the scale and a shift of every feature', () =>
    same([8, 5], (s, t) => crossCorrelationLoss(s, t, 0.01), (s) => add(mul(s, 3), 2))); // prettier-ignore
  it('attention-maps: the order of heads where their numbers differ', () => {
    const halved = (t: Tensor) => slice(t, [0, 0, 0, 0], [3, 2, 6, 6]);
    return same([3, 4, 6, 6], (s, t) => attentionMapsLoss(s, halved(t)), (s) => reverse(s, 1));
  }); // prettier-ignore
  it('hard: a shift of the logits, and everything about the teacher but its decisions', async () => {
    await same([8, 6], hardLoss, shift);
    const found = await values([8, 6], (x, y) => ({ before: hardLoss(x, y), after: hardLoss(x, add(mul(y, 9), 1)) }));
    expect(found.after).toBeCloseTo(found.before, 6);
  });
  it('kd does notice the scale', async () => {
    const { before, after } = await values([8, 6], (x, y) => ({
      before: outputs.kd(x, y),
      after: outputs.kd(mul(x, 5), y),
    }));
    expect(Math.abs(after / before - 1)).toBeGreaterThan(0.1);
  });
});
