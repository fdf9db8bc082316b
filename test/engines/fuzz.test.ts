import { appendFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, EngineName } from '../../src/engines/Engine.js';
import { engines, openEngine } from '../../src/engines/registry.js';
import { memory } from '../../src/engines/tf.js';
import { drawCase, type FuzzCase } from './fuzz/drawCase.js';
import { differencesOf, logitsDifference, worstOf } from './fuzz/differences.js';
import { evaluateCase, runCase } from './fuzz/runCase.js';

// One architecture of each shipped space and of one of the tests, the same at every run; `npm run fuzz:engines` draws as many others as asked for.
const count = Number(process.env.NAS_DISTILL_FUZZ_COUNT ?? 9);
const seed = process.env.NAS_DISTILL_FUZZ_SEED ?? 'suite';
const first = Number(process.env.NAS_DISTILL_FUZZ_FIRST ?? 0);
const asked = process.env.NAS_DISTILL_FUZZ_ENGINES?.split(',') as EngineName[] | undefined;

const log = (line: string) => {
  if (process.env.NAS_DISTILL_FUZZ_LOG !== undefined) appendFileSync(process.env.NAS_DISTILL_FUZZ_LOG, `${line}\n`);
};

const redraws = 3;

/** Held to this one, which computes op by op and which the contract suite holds to tfjs's plain JavaScript. */
const referenceName = 'wasm';
const compared: EngineName[] = asked ?? ['onnx'];
if (asked === undefined) {
  const probe = await engines.native.probe();
  if (probe.available) compared.push('native');
  else it.skip(`engine native: ${probe.reason}; get it with: ${probe.install}`);
}

describe('random architectures train the same on every engine', () => {
  let reference: Engine;
  const opened = new Map<EngineName, Engine>();
  beforeAll(async () => {
    reference = await openEngine(referenceName, { threads: 1 });
    for (const name of compared) opened.set(name, await openEngine(name, { threads: 1 }));
  });
  afterAll(() => {
    for (const engine of [reference, ...opened.values()]) engine.close();
  });

  it.each(Array.from({ length: count }, (_, i) => [drawCase(seed, first + i).name, first + i] as const))(
    '%s',
    { timeout: 300_000 },
    async (_name, number) => {
      const before = memory().numTensors;
      for (const [engineName, engine] of opened) {
        // A value within rounding of where an activation bends gives its unit the other slope, more often the larger the grids: the
        // same architecture with other values must then agree. What is lowered wrongly does not.
        const seen: string[] = [];
        for (let draw = 0; draw <= redraws && seen.length === draw; draw++) {
          const { name, value, description } = await worstOfCase(engine, drawCase(seed, number, draw));
          log(`${seed}/${number} draw ${draw} on ${engineName}: ${name}, ${value.toFixed(3)} of its tolerance`);
          if (!(value < 1)) seen.push(`${engineName}: ${name} is ${value} times its tolerance off; ${description}`);
        }
        expect(seen.length, seen.join('\n')).toBeLessThanOrEqual(redraws);
      }
      expect(memory().numTensors).toBe(before);
    },
  );

  async function worstOfCase(engine: Engine, fuzz: FuzzCase) {
    const expected = await runCase(reference, fuzz);
    expect(expected.outputs.every((step) => Object.values(step).every(Number.isFinite))).toBe(true);
    const last = expected.states[expected.states.length - 1];
    const logits = await evaluateCase(reference, fuzz, last);
    const differences = {
      ...differencesOf(await runCase(engine, fuzz, expected), expected),
      logits: logitsDifference((await evaluateCase(engine, fuzz, last)).data, logits.data),
    };
    return { ...worstOf(differences), description: fuzz.description };
  }
});
