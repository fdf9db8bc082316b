import { createRng } from '../../src/core/rng.js';
import type { TrainingTerm } from '../../src/distillation/TrainingConfig.js';
import { createTrainingStep } from '../../src/distillation/trainingStep.js';
import type { Engine, HostTensor, HostTensors } from '../../src/engines/Engine.js';
import { SpecBuilder } from '../../src/models/SpecBuilder.js';
import type { ModelSpec } from '../../src/models/ModelSpec.js';
import { textLayers } from '../models/allLayers.js';
import { normal } from './contractInputs.js';

const batch = 6;
const tokens = 6;
const classes = 4;

/** A student of texts, taught by a teacher's logits and taps. */
export interface TextRun {
  readonly spec: ModelSpec;
  readonly losses: readonly TrainingTerm[];
  /** The teacher's taps, [T, C] or [heads, T, T] of one text. */
  readonly taps: Readonly<Record<string, readonly number[]>>;
}

const words = { vocabulary: 9, width: 8 };

/** Two blocks of masked attention with MLPs, positions, layer norms. */
function transformer(): ModelSpec {
  const b = new SpecBuilder([tokens], 'tokens');
  const mask = b.node({ name: 'mask', op: 'token_mask', inputs: ['input'] });
  const table = b.node({ name: 'words', op: 'embedding', inputs: ['input'], ...words });
  let x = b.node({ name: 'positions', op: 'position_embedding', inputs: [table] });
  for (const i of [1, 2]) {
    const normal = b.layerNorm(`norm${i}`, x);
    const attended = b.node({ name: `attention${i}`, op: 'attention', inputs: [normal, mask], heads: 2 });
    x = b.add(`add${i}`, x, attended);
    x = b.add(`block${i}`, x, b.mlp(`mlp${i}`, b.layerNorm(`inner${i}`, x), 12, words.width));
    b.tap(`block${i}`, x);
    b.tap(`maps${i}`, `${attended}/weights`);
  }
  const pooled = b.node({ name: 'pooled', op: 'global_avg_pool', inputs: [x, mask] });
  b.tap('pooled', pooled);
  return b.build(b.dense('logits', pooled, classes));
}

/** Convolutions along the text and an LSTM of both directions, without padding's mask. */
function sequence(): ModelSpec {
  const b = new SpecBuilder([tokens], 'tokens');
  const table = b.node({ name: 'words', op: 'embedding', inputs: ['input'], ...words });
  const conv = b.node({ name: 'conv', op: 'conv1d', inputs: [table], filters: 8, kernel: 5, useBias: false });
  const active = b.activation('act', b.batchNorm('bn', conv), 'relu');
  const forth = b.node({ name: 'lstm', op: 'lstm', inputs: [active], units: 5, bidirectional: true });
  b.tap('lstm', forth);
  const pooled = b.node({ name: 'pooled', op: 'global_max_pool', inputs: [forth] });
  b.tap('pooled', pooled);
  return b.build(b.dense('logits', pooled, classes));
}

const pairs = (student: string[], teacher: string[]) => ({ student, teacher });
export const textRuns: Readonly<Record<string, TextRun>> = {
  'every layer of texts, by labels and logits': {
    spec: textLayers,
    losses: [
      { loss: 'ce', weight: 1 },
      { loss: 'kd', weight: 1, options: { temperature: 2 } },
    ],
    taps: {},
  },
  'a transformer over padding, by hidden states and attention maps': {
    spec: transformer(),
    losses: [
      { loss: 'kd', weight: 1 },
      { loss: 'hidden-states', weight: 1, options: pairs(['block1', 'block2'], ['t1', 't2']) },
      { loss: 'attention-maps', weight: 1, options: pairs(['maps1', 'maps2'], ['a1', 'a2']) },
      { loss: 'attended-layers', weight: 0.5, options: { student: 'pooled', teacher: ['e1', 'e2'] } },
    ],
    taps: { t1: [tokens, 10], t2: [tokens, 10], a1: [2, tokens, tokens], a2: [4, tokens, tokens], e1: [7], e2: [7] },
  },
  'convolutions and an LSTM, by features and relations': {
    spec: sequence(),
    losses: [
      { loss: 'dkd', weight: 0.5 },
      { loss: 'hint', weight: 1, options: { student: 'lstm', teacher: 't1' } },
      { loss: 'similarity', weight: 1, options: { student: 'pooled', teacher: 'e1' } },
      { loss: 'rkd', weight: 0.1, options: { student: 'pooled', teacher: 'e1' } },
      { loss: 'pkt', weight: 1, options: { student: 'pooled', teacher: 'e1' } },
    ],
    taps: { t1: [tokens, 10], e1: [7] },
  },
};

/** Trains with clipping, AdamW and an average of the weights; the losses, and the state at the end. */
export async function trainText(
  engine: Engine,
  run: TextRun,
  steps: number,
): Promise<{ losses: number[]; state: Record<string, HostTensor> }> {
  const rng = createRng('contract/texts');
  const {
    step,
    state: values,
    feeds: specs,
  } = createTrainingStep({
    spec: run.spec,
    config: {
      losses: [...run.losses],
      labelSmoothing: 0.1,
      clipNorm: 1,
      // The bias of keys has no gradient but rounding; without this much eps, Adam makes whole steps of it.
      optimiser: { name: 'adamw', options: { eps: 1e-4 } },
      ema: { decay: 0.9 },
    },
    batch,
    classes,
    imageShape: [tokens],
    teacher: {
      classes,
      taps: Object.fromEntries(Object.entries(run.taps).map(([tap, shape]) => [tap, { shape }])),
    },
    rng: rng.fork('weights'),
  });
  const state = engine.createState(values);
  const compiled = await engine.compile(step, state.specs, specs);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const feeds = Object.fromEntries(
      Object.entries(specs).map(([name, { shape, dtype }]) => [name, feedOf(name, shape, dtype, i)]),
    );
    losses.push((await compiled.run(state, feeds)).loss.data[0]);
  }
  const end = await state.read();
  compiled.dispose();
  state.dispose();
  return { losses, state: end };

  function feedOf(name: string, shape: readonly number[], dtype: string, i: number): HostTensors[string] {
    const length = shape.reduce((product, n) => product * n, 1);
    // Each text is shorter than the one before, down to one word; words 1 to 8.
    if (name === 'image') {
      const id = (at: number) => (at % tokens < tokens - Math.floor(at / tokens) ? 1 + ((at * 5 + i * 3) % 8) : 0);
      return { shape, dtype: 'int32', data: Int32Array.from({ length }, (_, at) => id(at)) };
    }
    if (dtype === 'int32') return { shape, dtype: 'int32', data: Int32Array.from({ length }, (_, at) => at % classes) };
    if (shape.length === 0) return { shape, dtype: 'float32', data: Float32Array.of(name === 'lr' ? 0.01 : 0.5) };
    const drawn = normal(...shape)(rng.fork(`${name}${i}`));
    // Attention maps are positive, and each row adds up to one.
    if (/^teacher\/a\d$/.test(name)) {
      const rows = Float32Array.from(drawn.data, Math.exp);
      for (let at = 0; at < length; at += tokens) {
        const total = rows.subarray(at, at + tokens).reduce((sum, x) => sum + x, 0);
        for (let t = 0; t < tokens; t++) rows[at + t] /= total;
      }
      return { shape, dtype: 'float32', data: rows };
    }
    return drawn;
  }
}
