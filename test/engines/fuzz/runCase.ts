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
  /** Of the model's statistics after the last step. */
  readonly statistics: HostTensors;
  /** All of the state after each step. */
  readonly states: readonly HostTensors[];
}

/**
 * Trains the case from its first values, or with `after`: each later step from the state in which the other run began it.
 * Left alone, two runs part quickly: batch norms over four values make rounding large, and Adam makes a step out of it.
 */
export async function runCase(
  engine: Engine,
  { spec, training, batches, moment }: FuzzCase,
  after?: FuzzRun,
): Promise<FuzzRun> {
  const state = engine.createState(training.state);
  let step: CompiledStep | undefined;
  try {
    step = await engine.compile(training.step, state.specs, training.feeds);
    const outputs: Record<string, number>[] = [];
    const states: HostTensors[] = [];
    for (const [i, feeds] of batches.entries()) {
      if (after !== undefined && i > 0) state.write(after.states[i - 1]);
      const said = await step.run(state, feeds);
      outputs.push(Object.fromEntries(Object.entries(said).map(([name, { data }]) => [name, data[0]])));
      states.push(await state.read());
    }
    const specs = parameterSpecs(spec);
    const parts = Object.fromEntries(specs.filter((p) => p.trainable).map(({ name }) => [name, training.state[name]]));
    return {
      outputs,
      gradients: gradientsOf(states[0], parts, moment),
      statistics: Object.fromEntries(
        specs.filter((p) => !p.trainable).map(({ name }) => [name, states[states.length - 1][name]]),
      ),
      states,
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
