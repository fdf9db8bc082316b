// DeiT, arXiv:2012.12877: the teacher teaches a token with a head of its own, labels the other head.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { createObjective } from '../../src/distillation/objective.js';
import type { TrainingTerm } from '../../src/distillation/TrainingConfig.js';
import type { Engine, HostTensor, HostTensors } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import { lossAndGradients } from '../../src/engines/lossAndGradients.js';
import { applyModel } from '../../src/models/applyModel.js';
import { tapShapes } from '../../src/models/inferShapes.js';
import { initialise } from '../../src/models/parameters.js';
import { validateModelSpec } from '../../src/models/validateModelSpec.js';
import { parseSpace } from '../../src/spaces/parseSpace.js';

const yaml = (head: string) => `
name: tokens
stem: { block: patches, patch: 7, width: 8 }
stages:
  - { block: BLOCK, width: 8 }
head: { ${head} }
`;
const build = (head: string, block = 'vit') => {
  const space = parseSpace(yaml(head).replace('BLOCK', block), 'tokens.yaml');
  return space.toModelSpec(space.reference, { input: [14, 14, 1], classes: 3 });
};
const spec = build('distillation_token: true');
const teacher = { classes: 3, taps: {} };
const ce = { loss: 'ce', weight: 1 };

let engine: Engine;
let values: HostTensors;
beforeAll(async () => {
  engine = await openEngine('onnx', { threads: 1 });
  const { trainable, statistics } = initialise(spec, createRng('token'));
  values = { ...trainable, ...statistics };
});
afterAll(() => engine.close());

const drawn = (shape: number[], seed: string): HostTensor => {
  const rng = createRng(seed);
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal());
  return { shape, dtype: 'float32', data };
};

/** Which of the two heads a recipe has a gradient for, and the heads' and the model's logits. */
async function taught(losses: TrainingTerm[], seed = 'teacher', first = 0) {
  const objective = createObjective({
    spec,
    phase: { losses },
    labelSmoothing: 0,
    classes: 3,
    mixed: false,
    teacher,
    rng: createRng('o'),
  });
  const names = spec.nodes.filter((node) => node.op === 'dense').map((node) => `${node.name}/kernel`);
  const [own, other] = [spec.taps.class_head, spec.taps.distillation_head].map((node) => `${node}/kernel`);
  expect(names).toEqual(expect.arrayContaining([own, other]));
  const feeds = {
    image: drawn([4, 14, 14, 1], 'image'),
    teacher: drawn([4, 3], seed),
    labels: { shape: [4], dtype: 'int32' as const, data: Int32Array.from([first, 1, 2, 0]) },
  };
  const state = engine.createState(values);
  const step = await engine.compile(
    (all, fed) => {
      const params = { [own]: all[own], [other]: all[other] };
      const { grads, aux } = lossAndGradients(params, (inner) => {
        const student = applyModel(spec, { ...all, ...inner }, fed.image, { training: false, noise: {} });
        const { total } = objective.value(student, inner, all, fed);
        const { class_head: a, distillation_head: b } = student.taps;
        return { loss: total, aux: { a, b, logits: student.logits } };
      });
      return { outputs: { own: grads[own], other: grads[other], ...aux } };
    },
    state.specs,
    feeds,
  );
  const out = await step.run(state, feeds);
  step.dispose();
  state.dispose();
  const moved = (name: string) => Math.max(...out[name].data.map(Math.abs)) > 1e-6;
  return { own: moved('own'), other: moved('other'), out };
}

describe('a distillation token', () => {
  it('has a head of its own, and the answer is the mean of both', async () => {
    validateModelSpec(spec);
    expect(tapShapes(spec)).toMatchObject({ class_head: [3], distillation_head: [3], embedding: [8] });
    const { out } = await taught([ce]);
    out.logits.data.forEach((value, i) => expect(value).toBeCloseTo((out.a.data[i] + out.b.data[i]) / 2, 5));
  });

  it.each(['hard', 'kd', 'dkd'])(
    'is taught by the teacher alone (%s), the class head by labels alone',
    async (loss) => {
      const both = [{ loss, weight: 1 }, ce];
      const [{ out }, otherTeacher, otherLabel] = [
        await taught(both),
        await taught(both, 'another'),
        await taught(both, 'teacher', 2),
      ];
      expect(otherTeacher.out.own.data).toEqual(out.own.data);
      expect(otherTeacher.out.other.data).not.toEqual(out.other.data);
      // dkd reads labels too, to know the target class.
      if (loss !== 'dkd') expect(otherLabel.out.other.data).toEqual(out.other.data);
      expect(otherLabel.out.own.data).not.toEqual(out.own.data);
    },
  );

  it.each(['ce', 'hard', 'kd'])('leaves no head untaught where %s is heard alone', async (loss) =>
    expect(await taught([{ loss, weight: 1 }])).toMatchObject({ own: true, other: true }),
  );

  it('stands behind any blocks, and only where the space asks for it', () => {
    expect(tapShapes(build('distillation_token: true', 'separable'))).toHaveProperty('distillation_head');
    expect(tapShapes(build('width: 0'))).not.toHaveProperty('distillation_head');
    expect(() => build('distillation_token: 3')).toThrow('must be true or false');
  });
});
