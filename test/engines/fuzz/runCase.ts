import { groups, membersOf } from '../../../src/distillation/optimisers/flat.js';
import type { CompiledStep, Engine, EngineState, HostTensor, HostTensors } from '../../../src/engines/Engine.js';
import { applyModel } from '../../../src/models/applyModel.js';
import { parameterSpecs } from '../../../src/models/parameters.js';
import type { FuzzCase } from './drawCase.js';

/** What training a case on one engine gave. */
export interface FuzzRun {
  /** Every output of every step: `loss`, and each term's. */
  readonly outputs: readonly Readonly<Record<string, number>>[];
  /** By name of the parameter: its gradient in the first step, times a number that is the optimiser's. */
  readonly gradients: HostTensors;
  /** Of the model's statistics after the first step. */
  readonly statistics: HostTensors;
  /** All of the state after the last step. */
  readonly state: HostTensors;
}

/** Trains the case from its first values. Everything that it opened is closed again, whatever happens. */
export async function runCase(engine: Engine, { spec, training, batches, moment }: FuzzCase): Promise<FuzzRun> {
  const state = engine.createState(training.state);
  let step: CompiledStep | undefined;
  try {
    step = await engine.compile(training.step, state.specs, training.feeds);
    const outputs: Record<string, number>[] = [];
    let first: HostTensors = {};
    for (const feeds of batches) {
      const said = await step.run(state, feeds);
      outputs.push(Object.fromEntries(Object.entries(said).map(([name, { data }]) => [name, data[0]])));
      if (outputs.length === 1) first = await state.read();
    }
    const specs = parameterSpecs(spec);
    const parts = Object.fromEntries(specs.filter((p) => p.trainable).map(({ name }) => [name, training.state[name]]));
    return {
      outputs,
      gradients: gradientsOf(first, parts, moment),
      statistics: Object.fromEntries(specs.filter((p) => !p.trainable).map(({ name }) => [name, first[name]])),
      state: await state.read(),
    };
  } finally {
    step?.dispose();
    state.dispose();
  }
}

/** The pieces of the optimiser's first moment. */
function gradientsOf(state: HostTensors, parts: HostTensors, moment: string): HostTensors {
  const out: Record<string, HostTensor> = {};
  for (const group of groups) {
    let at = 0;
    for (const name of membersOf(parts, group)) {
      const { shape, data } = parts[name];
      const from = state[`opt/${moment}/${group}`].data;
      out[name] = { shape, dtype: 'float32', data: from.slice(at, (at += data.length)) };
    }
  }
  return out;
}

/** The logits of the first batch's samples by these values, as they are evaluated. */
export async function evaluateCase(engine: Engine, fuzz: FuzzCase, values: HostTensors): Promise<HostTensor> {
  const image = fuzz.batches[0].image;
  let state: EngineState | undefined;
  let step: CompiledStep | undefined;
  try {
    state = engine.createState(values);
    step = await engine.compile(
      (all, feeds) => ({
        outputs: { logits: applyModel(fuzz.spec, all, feeds.image, { training: false, noise: {} }).logits },
      }),
      state.specs,
      { image },
    );
    return (await step.run(state, { image })).logits;
  } finally {
    step?.dispose();
    state?.dispose();
  }
}
