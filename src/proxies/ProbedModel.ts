import { NasDistillError } from '../core/errors.js';
import type { Rng } from '../core/rng.js';
import { crossEntropy } from '../distillation/losses/ce.js';
import { kdLoss } from '../distillation/losses/kd.js';
import type { Engine, HostTensor, HostTensors, StepFunction, Tensors } from '../engines/Engine.js';
import { lossAndGradients } from '../engines/lossAndGradients.js';
import { add, matMul, reshape, step as positive, sub, transpose, type Tensor } from '../engines/tf.js';
import { applyModel } from '../models/applyModel.js';
import { tapShapes } from '../models/inferShapes.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { drawNoise, noiseSpecs } from '../models/noise.js';
import { initialise } from '../models/parameters.js';

/** The one batch that all architectures of a study are probed with. */
export interface ProbeBatch {
  /** [B, ...sample], normalised; of texts the ids of their tokens. */
  readonly image: HostTensor;
  /** One-hot labels [B, classes]. */
  readonly targets: HostTensor;
  readonly teacher?: {
    /** [B, classes] */
    readonly logits: HostTensor;
    /** The teacher's deepest features, [B, features]. */
    readonly features: HostTensor;
  };
}

/** Parts of the batch whose gradients are taken one by one: what varies between them is what ZiCo looks at. */
const parts = 4;
const temperature = 4;

/**
 * A model with its first weights and the batch. What several proxies look at is computed when the first one asks, and once.
 * Batch norms use the batch's statistics, as in the first step of a training; dropout drops as there.
 */
export class ProbedModel {
  readonly batch: ProbeBatch;
  private readonly known = new Map<string, Promise<unknown>>();
  private readonly values: { readonly trainable: HostTensors; readonly statistics: HostTensors };

  constructor(
    private readonly engine: Engine,
    readonly spec: ModelSpec,
    batch: ProbeBatch,
    private readonly rng: Rng,
  ) {
    const [size] = batch.image.shape;
    if (size % parts !== 0 || size < 2 * parts) {
      throw new NasDistillError('INTERNAL', `a batch of ${size} cannot be probed: it must be a multiple of ${parts}`);
    }
    this.batch = batch;
    this.values = initialise(spec, rng.fork('weights'));
  }

  /** First weights, by `node/name`. */
  get weights(): HostTensors {
    return this.values.trainable;
  }

  /** First weights and statistics, by `node/name`. */
  get allValues(): HostTensors {
    return { ...this.values.trainable, ...this.values.statistics };
  }

  /** Gradients of the cross entropy with the labels, one set for each part of the batch. */
  gradients(): Promise<HostTensors[]> {
    return this.once('ce', () => this.gradientsOf('targets', (logits, targets) => crossEntropy(logits, targets)));
  }

  /** Gradients of the distillation loss against the teacher (kd, T = 4), in the same way. */
  teacherGradients(): Promise<HostTensors[]> {
    return this.once('kd', () =>
      this.gradientsOf('teacher', (logits, teacher) => kdLoss(logits, teacher, temperature)),
    );
  }

  /**
   * Outputs on the batch: `logits` [B, classes], `features` [B, F] of the deepest tap, and `agreement` [B, B], the number of
   * activations that two samples have alike on or alike off; without that where the model has no activation.
   */
  outputs(): Promise<Record<string, HostTensor>> {
    return this.once('outputs', () => {
      const gates = this.spec.nodes.filter((node) => node.op === 'activation' && node.function !== 'linear');
      const reached = gates.filter((node) => node.inputs[0] !== 'input');
      const taps = Object.fromEntries(reached.map((node, i) => [`gate${i}`, node.inputs[0]]));
      const tap = deepestTap(this.spec);
      const spec: ModelSpec = { ...this.spec, taps: { ...taps, ...(tap ? { features: this.spec.taps[tap] } : {}) } };
      const step: StepFunction = (state, feeds) => {
        const result = applyModel(spec, state, feeds.image, { training: true, noise: feeds });
        const outputs: Tensors = { logits: result.logits };
        const rows = (x: Tensor) => reshape(x, [x.shape[0], -1]);
        if (tap) outputs.features = rows(result.taps.features);
        if (reached.length > 0) {
          outputs.agreement = Object.keys(taps)
            .map((name) => agreement(positive(rows(result.taps[name]))))
            .reduce((sum, next) => add(sum, next));
        }
        return { outputs };
      };
      return this.run(spec, step, this.allValues, { image: this.batch.image });
    });
  }

  /** Runs a step once over values and feeds; the noise that the model needs is drawn. */
  async run(
    spec: ModelSpec,
    step: StepFunction,
    values: HostTensors,
    feeds: HostTensors,
  ): Promise<Record<string, HostTensor>> {
    const [outputs] = await this.runEach(spec, step, values, [feeds]);
    return outputs;
  }

  /** Compiles a step once and runs it for each of the feeds, on the same values. */
  private async runEach(
    spec: ModelSpec,
    step: StepFunction,
    values: HostTensors,
    all: readonly HostTensors[],
  ): Promise<Record<string, HostTensor>[]> {
    const noise = drawNoise(noiseSpecs(spec, all[0].image.shape[0]), this.rng.fork('noise'));
    const state = this.engine.createState(values);
    try {
      const compiled = await this.engine.compile(step, state.specs, { ...all[0], ...noise });
      try {
        const outputs: Record<string, HostTensor>[] = [];
        for (const feeds of all) outputs.push(await compiled.run(state, { ...feeds, ...noise }));
        return outputs;
      } finally {
        compiled.dispose();
      }
    } finally {
      state.dispose();
    }
  }

  private gradientsOf(against: 'targets' | 'teacher', loss: (logits: Tensor, aim: Tensor) => Tensor) {
    const { image, targets, teacher } = this.batch;
    const aim = against === 'targets' ? targets : teacher?.logits;
    if (aim === undefined) throw new NasDistillError('INTERNAL', 'a proxy of the teacher was asked without one');
    const step: StepFunction = (state, feeds) => {
      const params = Object.fromEntries(Object.keys(this.weights).map((name) => [name, state[name]]));
      const { grads } = lossAndGradients(params, (inner) => {
        const { logits } = applyModel(this.spec, { ...state, ...inner }, feeds.image, { training: true, noise: feeds });
        return { loss: loss(logits, feeds.aim) };
      });
      return { outputs: grads };
    };
    const feeds = Array.from({ length: parts }, (_, i) => ({ image: partOf(image, i), aim: partOf(aim, i) }));
    return this.runEach(this.spec, step, this.allValues, feeds);
  }

  private once<T>(what: string, compute: () => Promise<T>): Promise<T> {
    const before = this.known.get(what) as Promise<T> | undefined;
    if (before !== undefined) return before;
    const now = compute();
    this.known.set(what, now);
    return now;
  }
}

/** The last tap that is a grid or a sequence, else the last of all; undefined where a model has none. */
export function deepestTap(spec: ModelSpec): string | undefined {
  const taps = Object.entries(tapShapes(spec)).filter(([name]) => !spec.taps[name].includes('/'));
  return (taps.filter(([, shape]) => shape.length > 1).at(-1) ?? taps.at(-1))?.[0];
}

/** How often two rows of 0 and 1 agree: [B, F] -> [B, B]. */
function agreement(code: Tensor): Tensor {
  const off = sub(1, code);
  return add(matMul(code, transpose(code)), matMul(off, transpose(off)));
}

/** Part `i` of a batch. */
function partOf({ shape, dtype, data }: HostTensor, i: number): HostTensor {
  const rows = shape[0] / parts;
  const size = data.length / parts;
  return { shape: [rows, ...shape.slice(1)], dtype, data: data.slice(i * size, (i + 1) * size) };
}
