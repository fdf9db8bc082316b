import { createRng, type Rng } from '../../src/core/rng.js';
import type { Budget, Costs } from '../../src/costs/CostModel.js';
import { estimateCosts } from '../../src/costs/registry.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';
import type { ReportInput } from '../../src/reports/buildReportData.js';
import type { Rung, Trial } from '../../src/store/types.js';

const context = { input: [28, 28, 1], classes: 10 } as const;
const start = Date.UTC(2026, 2, 14, 9, 30);

export interface SyntheticOptions {
  readonly trials: number;
  readonly seed?: number;
  readonly epochs?: number;
  readonly budgets?: readonly Budget[];
  readonly name?: string;
}

/** A study of real architectures of the shipped mobile space; accuracies follow a made-up law of diminishing returns. */
export function syntheticStudy({
  trials,
  seed = 7,
  epochs = 6,
  budgets = [{ metric: 'bytes', limit: 1_000_000, text: '1MB' }],
  name = 'fashion-mnist-1mb',
}: SyntheticOptions): ReportInput {
  const rng = createRng(`synthetic/${seed}`);
  const space = loadSpace('mobile-cnn');
  const all: Trial[] = [];
  const add = (trial: Partial<Trial> & Pick<Trial, 'origin' | 'architecture' | 'spec' | 'costs' | 'state'>) => {
    const number = all.length + 1;
    const createdAt = start + number * 21_000;
    const ended = trial.state !== 'RUNNING' && trial.state !== 'WAITING' && trial.state !== 'INFEASIBLE';
    all.push({
      number,
      architectureId: `a${number}`,
      metrics: {},
      measured: {},
      repeats: [],
      reason: null,
      worker: ended ? number % 2 : null,
      createdAt,
      startedAt: ended ? createdAt : null,
      finishedAt: ended ? createdAt + 9000 + trial.costs.macs / 2000 : null,
      rungs: [],
      launches: [],
      ...trial,
    });
  };
  for (const width of [0.25, 0.5, 0.75, 1]) {
    const spec = space.baseline(width, context);
    const costs = estimateCosts(spec, 'float32');
    if (!budgets.every((budget) => costs[budget.metric] <= budget.limit)) continue;
    const rungs = curve(rng, law(costs) - 0.012, epochs);
    add({
      origin: 'baseline',
      architecture: { choices: {} },
      spec,
      costs,
      state: 'COMPLETE',
      rungs,
      baselineWidth: width,
      metrics: rungs[rungs.length - 1].metrics,
    });
  }
  while (all.length < trials) {
    const architecture = space.sample(rng);
    const spec = space.toModelSpec(architecture, context);
    const costs = estimateCosts(spec, 'float32');
    const common = { origin: 'search', architecture, spec, costs } as const;
    if (!budgets.every((budget) => costs[budget.metric] <= budget.limit)) {
      // A search rejects most of these for free; a few are kept to be shown.
      if (rng.uniform() < 0.06)
        add({ ...common, state: 'INFEASIBLE', reason: `bytes ${costs.bytes} > ${budgets[0].limit}` });
      continue;
    }
    const luck = rng.uniform();
    const rungs = curve(rng, law(costs) - Math.abs(rng.normal()) * 0.018, epochs);
    if (luck < 0.03)
      add({ ...common, state: 'FAILED', reason: 'loss is NaN at step 212 (term kd)', rungs: rungs.slice(0, 1) });
    else if (rungs[1].metrics.accuracy < 0.7 || luck < 0.12)
      add({ ...common, state: 'PRUNED', reason: 'below the median of its rung', rungs: rungs.slice(0, 2) });
    else add({ ...common, state: 'COMPLETE', rungs, metrics: rungs[rungs.length - 1].metrics });
  }
  const best = all.filter((t) => t.state === 'COMPLETE').sort((a, b) => b.metrics.accuracy - a.metrics.accuracy)[0];
  return {
    study: {
      name,
      createdAt: start,
      settings: {
        space: 'mobile-cnn',
        data: 'fashion-mnist',
        sampler: 'nsga2',
        weights: 'float32',
        epochs,
        workers: 2,
        seed,
        budgets: budgets.map((b) => b.text),
      },
      facts: {
        teacher: {
          name: 'fashion-mnist-vit-small',
          digest: 'd'.repeat(64),
          family: 'vit',
          accuracy: 0.9182,
          costs: { bytes: 3_260_000, params: 815_000, macs: 41_000_000, memory: 620_000 },
        },
        engine: { name: 'onnx', why: 'fastest here' },
        budgets,
      },
    },
    trials: all,
    promotions: [
      {
        trial: best.number,
        finishedAt: start + 9e6,
        accuracy: { student: 0.9134, alone: 0.9046, teacher: 0.9169 },
        directory: `promoted/${name}/${best.number}`,
      },
    ],
    now: Date.UTC(2026, 2, 14, 12, 0),
  };
}

function law(costs: Costs): number {
  return 0.92 - 0.55 * (costs.params + 800) ** -0.24 - 2.2 * (costs.macs + 20_000) ** -0.33;
}

function curve(rng: Rng, final: number, epochs: number): Rung[] {
  const speed = 0.5 + rng.uniform() * 0.5;
  return Array.from({ length: epochs }, (_, i) => {
    const rest = Math.exp(-speed * (i + 0.6)) - Math.exp(-speed * (epochs - 0.4));
    const accuracy = Math.max(0.1, Math.round((final - 0.3 * rest + rng.normal() * 0.003) * 5000) / 5000);
    return {
      epoch: i + 1,
      elapsedMs: (i + 1) * 2100,
      metrics: { accuracy, loss: 1.35 * (1 - accuracy) + 0.1, train_loss: 1.2 * (1 - accuracy) },
    };
  });
}

/** Text that must stay text wherever it is shown. */
export const hostile =
  '</script><script>window.injected=1</script><img src=x onerror="window.injected=2"><!--<script>\u2028 𝕏🦊 \'"&lt;${1}`';

/** A study in which every free text is hostile. */
export function hostileStudy(): ReportInput {
  const input = syntheticStudy({ trials: 30, name: hostile });
  const teacher = input.study.facts.teacher;
  return {
    ...input,
    study: {
      ...input.study,
      settings: { ...input.study.settings, data: hostile },
      facts: {
        ...input.study.facts,
        teacher:
          typeof teacher === 'object' && teacher !== null ? { ...teacher, name: hostile, family: hostile } : teacher,
      },
    },
    trials: input.trials.map((trial) => ({
      ...trial,
      reason: hostile,
      spec: {
        ...trial.spec,
        nodes: trial.spec.nodes.map((node) => ({ ...node, block: `${hostile} (${node.block ?? node.name})` })),
      },
      architecture: {
        choices: { ...trial.architecture.choices, [hostile]: trial.number % 2 === 0 ? hostile : 'other' },
      },
      metrics: trial.state === 'COMPLETE' ? { ...trial.metrics, [hostile]: 1 } : trial.metrics,
    })),
  };
}
