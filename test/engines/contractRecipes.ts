import { createRng } from '../../src/core/rng.js';
import { losses } from '../../src/distillation/losses/registry.js';
import { optimisers } from '../../src/distillation/optimisers/registry.js';
import { schedules, type ScheduleName } from '../../src/distillation/schedules/registry.js';
import type { TrainingTerm } from '../../src/distillation/TrainingConfig.js';
import { createTrainingStep } from '../../src/distillation/trainingStep.js';
import type { Engine, HostTensor } from '../../src/engines/Engine.js';
import type { ModelSpec } from '../../src/models/ModelSpec.js';
import { SpecBuilder } from '../../src/models/SpecBuilder.js';
import { blocks } from '../../src/spaces/blocks/registry.js';
import { GraphBuilder } from '../../src/spaces/GraphBuilder.js';
import { lossOptions, teacherTaps } from '../distillation/lossOptions.js';
import { allLayers } from '../models/allLayers.js';
import { normal } from './contractInputs.js';

const batch = 8;
const classes = 5;

/** A student of images, and how it is trained. */
export interface RecipeRun {
  readonly spec: ModelSpec;
  readonly losses: readonly TrainingTerm[];
  readonly optimiser: { readonly name: string; readonly options?: Record<string, unknown> };
  readonly schedule: ScheduleName;
  readonly rate: number;
}

/** Has the taps that `lossOptions` names; smooth, so that no value lies on a bend. */
function student(): ModelSpec {
  const b = new SpecBuilder([8, 8, 2]);
  const first = b.batchNorm('bn', b.conv('conv1', 'input', { filters: 5, kernel: 3, stride: 2 }));
  const stage1 = b.activation('act1', first, 'silu');
  const stage2 = b.activation('act2', b.conv('conv2', stage1, { filters: 6, kernel: 3, stride: 2 }), 'gelu');
  const tokens = b.node({ name: 'tokens', op: 'reshape', inputs: [stage2], shape: [4, 6] });
  const attended = b.node({ name: 'attention', op: 'attention', inputs: [tokens], heads: 2 });
  const pooled = b.node({ name: 'pooled', op: 'global_avg_pool', inputs: [b.add('sum', tokens, attended)] });
  const taps = { stage1, stage2, embedding: pooled, attention1: `${attended}/weights` };
  for (const [tap, node] of Object.entries(taps)) b.tap(tap, node);
  return b.build(b.dense('logits', pooled, classes));
}

// The bias of keys, and one before a batch norm, have no gradient but rounding; without this much eps, Adam makes whole steps of it.
const adamW = { name: 'adamw', options: { eps: 1e-4 } };
const labels: TrainingTerm = { loss: 'ce', weight: 0.5 };

/** Groups of 4 channels, strided; then groups and a dilation. */
function resnext(): ModelSpec {
  const b = new GraphBuilder([9, 8, 2]);
  const context = { input: [9, 8, 2], classes };
  const fields = { width: 16, reduction: 1, group_width: 4, activation: 'silu' };
  b.enter('stem', 'stem');
  const stem = b.convNormAct(b.input, 12, 3, 1, 'silu');
  b.enter('one', 'one');
  const one = blocks.resnext.build(b, stem, { ...fields, stride: 2 }, context);
  b.enter('two', 'two');
  const two = blocks.resnext.build(b, one, { ...fields, dilation: 2 }, context);
  b.enter('head', 'head');
  return b.finish(b.dense(b.globalPool(two), classes));
}

/** Every line of the registries: a new one is here by itself. */
export const recipeRuns: Readonly<Record<string, RecipeRun>> = {
  'every layer of images': {
    spec: allLayers,
    losses: [labels, { loss: 'kd', weight: 1 }],
    optimiser: adamW,
    schedule: 'constant',
    rate: 0.01,
  },
  'blocks with groups, strided and dilated': {
    spec: resnext(),
    losses: [labels, { loss: 'kd', weight: 1 }],
    optimiser: adamW,
    schedule: 'constant',
    rate: 0.01,
  },
  ...Object.fromEntries(
    Object.keys(losses).map((loss): [string, RecipeRun] => {
      const term = { loss, weight: 0.5, options: lossOptions[loss as keyof typeof lossOptions] };
      const run = { spec: student(), losses: loss === 'ce' ? [labels] : [labels, term], optimiser: adamW };
      return [`loss ${loss}`, { ...run, schedule: 'constant', rate: 0.01 }];
    }),
  ),
  ...Object.fromEntries(
    Object.keys(optimisers).flatMap((name) =>
      (Object.keys(schedules) as ScheduleName[]).map((schedule): [string, RecipeRun] => {
        const optimiser = name === 'sgd' ? { name, options: { momentum: 0.9 } } : { name, options: { eps: 1e-4 } };
        const run = { spec: student(), losses: [labels, { loss: 'kd', weight: 1 }], optimiser, schedule };
        return [`${name} at a rate by ${schedule}`, { ...run, rate: name === 'sgd' ? 0.1 : 0.01 }];
      }),
    ),
  ),
};

/** Trains with clipping and an average of the weights; the losses, and the state at the end. */
export async function trainRecipe(
  engine: Engine,
  run: RecipeRun,
  steps: number,
): Promise<{ losses: number[]; state: Record<string, HostTensor> }> {
  const rng = createRng('contract/recipes');
  const training = createTrainingStep({
    spec: run.spec,
    config: {
      losses: [...run.losses],
      labelSmoothing: 0.1,
      clipNorm: 1,
      optimiser: run.optimiser,
      ema: { decay: 0.9 },
    },
    batch,
    classes,
    imageShape: run.spec.input,
    teacher: {
      classes,
      taps: Object.fromEntries(Object.entries(teacherTaps).map(([tap, shape]) => [tap, { shape }])),
    },
    rng: rng.fork('weights'),
  });
  const schedule = schedules[run.schedule].create();
  const state = engine.createState(training.state);
  const compiled = await engine.compile(training.step, state.specs, training.feeds);
  const seen: number[] = [];
  for (let i = 0; i < steps; i++) {
    const feeds = Object.entries(training.feeds).map(([name, { shape, dtype }]): [string, HostTensor] => [
      name,
      feedOf(name, shape, dtype, i),
    ]);
    seen.push((await compiled.run(state, Object.fromEntries(feeds))).loss.data[0]);
  }
  const end = await state.read();
  compiled.dispose();
  state.dispose();
  return { losses: seen, state: end };

  function feedOf(name: string, shape: readonly number[], dtype: string, i: number): HostTensor {
    const length = shape.reduce((product, n) => product * n, 1);
    if (dtype === 'int32') return { shape, dtype: 'int32', data: Int32Array.from({ length }, (_, at) => at % classes) };
    if (name === 'lr') return { shape, dtype: 'float32', data: Float32Array.of(run.rate * schedule(i, steps)) };
    if (shape.length === 0) return { shape, dtype: 'float32', data: Float32Array.of(0.5) };
    const stream = rng.fork(`${name}${i}`);
    if (name.startsWith('noise/')) {
      return { shape, dtype: 'float32', data: Float32Array.from({ length }, () => stream.uniform()) };
    }
    const drawn = normal(...shape)(stream);
    return name.startsWith('teacher/attention') ? distributions(drawn) : drawn;
  }
}

/** Attention maps are positive, and each row adds up to one. */
function distributions({ shape, data }: HostTensor): HostTensor {
  const rows = Float32Array.from(data, Math.exp);
  const side = shape[shape.length - 1];
  for (let at = 0; at < rows.length; at += side) {
    const total = rows.subarray(at, at + side).reduce((sum, x) => sum + x, 0);
    for (let t = 0; t < side; t++) rows[at + t] /= total;
  }
  return { shape, dtype: 'float32', data: rows };
}
