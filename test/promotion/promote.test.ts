import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/core/rng.js';
import { silent } from '../../src/core/progress.js';
import { estimateCosts } from '../../src/costs/registry.js';
import { openDataset } from '../../src/data/openDataset.js';
import { computeNormalisation } from '../../src/data/normalisation.js';
import { makeSplits } from '../../src/data/splits.js';
import type { StudyData, TrainingConfig } from '../../src/distillation/TrainingConfig.js';
import type { Engine } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import { pickTrial } from '../../src/promotion/pickTrial.js';
import { promoteTrial, type PromotionJob } from '../../src/promotion/promoteTrial.js';
import { verifyExport } from '../../src/promotion/verifyExport.js';
import { loadSpace } from '../../src/spaces/loadSpace.js';
import type { Trial } from '../../src/store/types.js';
import { writeStripes } from '../cli/stripes.js';

const folder = mkdtempSync(join(tmpdir(), 'promote-'));
afterAll(() => rmSync(folder, { recursive: true }));

const training: TrainingConfig = {
  epochs: 3,
  batchSize: 32,
  optimiser: { name: 'adamw' },
  learningRate: 5e-3,
  schedule: { name: 'warmup-cosine' },
  clipNorm: 1,
  labelSmoothing: 0,
  losses: [{ loss: 'ce', weight: 1 }],
};

function trialOf(number: number, accuracy: number, seed: string): Trial {
  const space = loadSpace('minimal');
  const architecture = space.sample(createRng(seed));
  const spec = space.toModelSpec(architecture, { input: [12, 12, 1], classes: 3 });
  return {
    number,
    origin: 'search',
    architectureId: space.id(architecture),
    architecture,
    spec,
    costs: estimateCosts(spec, 'float32'),
    state: 'COMPLETE',
    metrics: { accuracy },
    reason: null,
    worker: 0,
    createdAt: 1,
    startedAt: 1,
    finishedAt: 2,
    rungs: [],
  };
}

describe('promotion', () => {
  let engine: Engine;
  let data: StudyData;
  const trial = trialOf(1, 0.5, 'promoted');
  const job = (dir: string, signal?: AbortSignal, epochs = 3): PromotionJob => ({
    study: 's',
    trial,
    data,
    training: { ...training, epochs },
    alone: false,
    seed: 1,
    engine,
    budgets: [{ metric: 'bytes', limit: trial.costs.bytes, text: 'just enough' }],
    dir: join(folder, dir),
    progress: silent,
    ...(signal ? { signal } : {}),
  });

  beforeAll(async () => {
    engine = await openEngine('onnx', { threads: 1 });
    const dataset = await openDataset(writeStripes(join(folder, 'data'), 180, 60), { dataDir: folder });
    const splits = makeSplits(dataset, { seed: 1, validationFraction: 0.1, testFraction: 0.1 });
    data = {
      dataset,
      splits,
      normalisation: computeNormalisation(dataset, splits.train),
      augmentation: { shift: 1, flip: false, views: 2, seed: 1 },
    };
  });

  it('exports what it trained, within the predicted bytes', async () => {
    const { student, verification } = await promoteTrial(job('plain'));
    expect(student).toBeGreaterThan(0);
    expect(verification.weightBytes).toBe(trial.costs.bytes);
    expect(statSync(join(folder, 'plain', 'model.onnx')).size).toBe(verification.onnxBytes);
    expect(Math.max(verification.layersModel, verification.onnx)).toBeLessThan(1e-4);
  });

  it('goes on after an interruption as if there had been none', async () => {
    const whole = await promoteTrial(job('whole'));
    // The signal fires once the first epoch's checkpoint lies on disk.
    const controller = new AbortController();
    const watched: PromotionJob = {
      ...job('parts', controller.signal),
      progress: {
        ...silent,
        start: () => ({
          update: (_done, note = '') => note.startsWith('epoch 1/') && controller.abort(),
          end: () => undefined,
        }),
      },
    };
    await expect(promoteTrial(watched)).rejects.toThrow('stopped');
    const resumed = await promoteTrial(job('parts'));
    for (const [name, { data: values }] of Object.entries(whole.variables)) {
      expect(resumed.variables[name].data, name).toEqual(values);
    }
  });

  it('says why a checkpoint of other settings is not used', async () => {
    await promoteTrial(job('other', undefined, 1));
    const warnings: string[] = [];
    await promoteTrial({ ...job('other', undefined, 2), progress: { ...silent, warn: (line) => warnings.push(line) } });
    expect(warnings.join()).toContain('other settings');
    writeFileSync(join(folder, 'other', 'checkpoints', 'distilled', 'checkpoint.json'), '{"epoch": 1');
    await promoteTrial({ ...job('other', undefined, 2), progress: { ...silent, warn: (line) => warnings.push(line) } });
    expect(warnings.join()).toContain('damaged');
  });

  it('refuses an export that differs from the trained student', async () => {
    const { variables } = await promoteTrial(job('tampered'));
    const file = join(folder, 'tampered', 'weights.bin');
    const check = () =>
      verifyExport({
        dir: join(folder, 'tampered'),
        spec: trial.spec,
        variables,
        engine,
        dataset: data.dataset,
        indices: data.splits.test,
        normalisation: data.normalisation,
        expectedBytes: trial.costs.bytes,
        budgets: [],
      });
    await check();
    const weights = readFileSync(file);
    const swapped = new Float32Array(
      weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength),
    ).map((w) => w + 0.1);
    writeFileSync(file, new Uint8Array(swapped.buffer));
    await expect(check()).rejects.toThrow('differs from the trained student');
    truncateSync(file, weights.length - 4);
    await expect(check()).rejects.toThrow('the search predicted');
  });
});

describe('picking a trial', () => {
  const failed: Trial = { ...trialOf(9, 0, 'f'), state: 'FAILED', metrics: {} };
  const students = [0, 1, 2].map((i): Trial => {
    const base = trialOf(i + 1, [0.3, 0.8, 0.82][i], `p${i}`);
    return { ...base, costs: { ...base.costs, bytes: [100, 1000, 10_000][i] } };
  });
  it.each([
    ['smallest', 1],
    ['knee', 2],
    ['best', 3],
    [2, 2],
  ] as const)('%s', (wanted, number) => {
    expect(pickTrial('s', [...students, failed], 'bytes', wanted).number).toBe(number);
  });
  it('refuses what cannot be promoted', () => {
    expect(() => pickTrial('s', students, 'bytes', 7)).toThrow('no trial 7');
    expect(() => pickTrial('s', [failed], 'bytes', 9)).toThrow('FAILED');
    expect(() => pickTrial('s', [failed], 'bytes', 'best')).toThrow('no completed trial');
  });
});
