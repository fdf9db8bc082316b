import type { Rng } from '../core/rng.js';
import { epochOrder } from '../data/batches.js';
import { gridOf, resizeGrid, toGrid } from '../distillation/adapter.js';
import { linear, linearValues, prefixed } from '../distillation/dense.js';
import { clipByGlobalNorm } from '../distillation/optimisers/clipping.js';
import { openOptimiser } from '../distillation/optimisers/openOptimiser.js';
import { NasDistillError } from '../core/errors.js';
import type { Engine, HostTensor, StepFunction, Tensors } from '../engines/Engine.js';
import { lossAndGradients } from '../engines/lossAndGradients.js';
import { mean, reshape, square, sub, type Scalar, type Tensor } from '../engines/tf.js';
import { applyModel } from '../models/applyModel.js';
import { drawNoise, noiseSpecs } from '../models/noise.js';
import { tapShapes } from '../models/inferShapes.js';
import { initialise } from '../models/parameters.js';
import type { StageModel } from './stageModels.js';
import type { TeacherMap } from './teacherMaps.js';

export interface StageLesson {
  /** What the stage reads: the images, or the teacher's map of the stage before. [rows, ...shape] */
  readonly input: { readonly shape: readonly number[]; readonly data: Float32Array };
  /** Whether that is the images themselves, which need no adapter. */
  readonly images: boolean;
  readonly target: TeacherMap;
  /** The first rows are learnt from, the rest is what the stage is judged by. */
  readonly trainRows: number;
}

const batch = 64;
const learningRate = 3e-3;

/**
 * Teaches one stage the teacher's own map (DNA, arXiv:1911.13053, equation 8: mean squared error over the variance of each
 * channel), from the teacher's map before it, each side through a linear adapter over the channels.
 * @returns the error on rows that it did not learn from: 1 explains nothing, 0 everything
 */
export async function trainStage(options: {
  stage: StageModel;
  lesson: StageLesson;
  steps: number;
  engine: Engine;
  rng: Rng;
}): Promise<number> {
  const { stage, lesson, steps, engine, rng } = options;
  const rows = lesson.target.data.length / sizeOf(lesson.target.shape);
  const spec = stage.spec;
  const own = spec === undefined ? { trainable: {}, statistics: {} } : initialise(spec, rng.fork('weights'));
  const out = spec === undefined ? stage.input : tapShapes(spec)[stage.stage];
  const aim = requireGrid(lesson.target.shape);
  const first = lesson.images;
  const [from, to] = [channelsOf(lesson.input.shape), channelsOf(stage.input)];
  const trainable = {
    ...own.trainable,
    ...(first ? {} : prefixed('before/', linearValues(rng.fork('before'), from, to))),
    ...prefixed('after/', linearValues(rng.fork('after'), channelsOf(out), channelsOf(lesson.target.shape))),
  };
  const names = Object.keys(trainable);
  const optimiser = openOptimiser({ name: 'adamw', options: { weightDecay: 0.01 } });

  const run = (all: Tensors, feeds: Tensors, training: boolean) => {
    const entered = first
      ? feeds.x
      : reshape(mapOnto(feeds.x, lesson.input.shape, requireGrid(stage.input), all, 'before/'), [
          feeds.x.shape[0],
          ...stage.input,
        ]);
    const result = spec && applyModel(spec, all, entered, { training, noise: feeds });
    const y = mapOnto(result?.taps[stage.stage] ?? entered, out, aim, all, 'after/');
    return { loss: mean(square(sub(y, toGrid(feeds.y, aim)))), statistics: result?.statistics ?? {} };
  };
  const step: StepFunction = (state, feeds) => {
    const params = Object.fromEntries(names.map((name) => [name, state[name]]));
    const { loss, grads, aux } = lossAndGradients(params, (inner) => {
      const { loss: value, statistics } = run({ ...state, ...inner }, feeds, true);
      return { loss: value, aux: statistics };
    });
    const clipped = clipByGlobalNorm(grads, 1).grads;
    const updated = optimiser.apply({ params, grads: clipped, state, lr: feeds.lr as Scalar });
    return { state: { ...updated.params, ...aux, ...updated.state }, outputs: { loss } };
  };
  const judge: StepFunction = (state, feeds) => ({ outputs: { loss: run(state, feeds, false).loss } });

  const noise = spec === undefined ? {} : drawNoise(noiseSpecs(spec, batch), rng.fork('noise'));
  const feeds = { x: empty(lesson.input.shape), y: empty(lesson.target.shape), ...noise };
  const lr: HostTensor = { shape: [], dtype: 'float32', data: new Float32Array(1) };
  const state = engine.createState({ ...trainable, ...own.statistics, ...optimiser.init(trainable) });
  const release: { dispose(): void }[] = [state];
  try {
    const learn = await engine.compile(step, state.specs, { ...feeds, lr });
    release.push(learn);
    const test = await engine.compile(judge, state.specs, { x: feeds.x, y: feeds.y });
    release.push(test);
    const perEpoch = Math.floor(lesson.trainRows / batch);
    let order = new Int32Array(0);
    for (let i = 0; i < steps; i++) {
      if (i % perEpoch === 0) order = Int32Array.from(epochOrder(lesson.trainRows, 'blockwise', i / perEpoch));
      fill(lesson, order.subarray((i % perEpoch) * batch, ((i % perEpoch) + 1) * batch), feeds);
      lr.data[0] = learningRate * Math.min(1, (i + 1) / (0.1 * steps)) * 0.5 * (1 + Math.cos((Math.PI * i) / steps));
      const { loss } = await learn.run(state, { ...feeds, lr });
      if (!Number.isFinite(loss.data[0])) {
        throw new NasDistillError('TRIAL_DIVERGED', `${stage.stage}: the loss became ${loss.data[0]} in step ${i + 1}`);
      }
    }
    let total = 0;
    let batches = 0;
    for (let start = lesson.trainRows; start + batch <= rows; start += batch) {
      fill(
        lesson,
        Int32Array.from({ length: batch }, (_, i) => start + i),
        feeds,
      );
      total += (await test.run(state, { x: feeds.x, y: feeds.y })).loss.data[0];
      batches++;
    }
    return total / batches;
  } finally {
    for (const held of release.reverse()) held.dispose();
  }
}

type Grid = NonNullable<ReturnType<typeof gridOf>>;

/** Through a linear map over the channels onto another grid. */
function mapOnto(x: Tensor, from: readonly number[], to: Grid, all: Tensors, prefix: string): Tensor {
  return linear(resizeGrid(toGrid(x, requireGrid(from)), to.height, to.width), all, prefix);
}

function requireGrid(shape: readonly number[]): Grid {
  const grid = gridOf(shape);
  if (grid !== undefined) return grid;
  throw new NasDistillError('SPACE', `features [${shape.join(', ')}] are no grid: a stage cannot be taught by them`);
}

function channelsOf(shape: readonly number[]): number {
  return shape[shape.length - 1];
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function fill(lesson: StageLesson, rows: Int32Array, feeds: { x: HostTensor; y: HostTensor }): void {
  const [a, b] = [sizeOf(lesson.input.shape), sizeOf(lesson.target.shape)];
  rows.forEach((row, i) => {
    feeds.x.data.set(lesson.input.data.subarray(row * a, (row + 1) * a), i * a);
    feeds.y.data.set(lesson.target.data.subarray(row * b, (row + 1) * b), i * b);
  });
}

function empty(shape: readonly number[]): HostTensor {
  return { shape: [batch, ...shape], dtype: 'float32', data: new Float32Array(batch * sizeOf(shape)) };
}
