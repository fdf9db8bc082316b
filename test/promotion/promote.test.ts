import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silent } from '../../src/core/progress.js';
import type { StudyData } from '../../src/distillation/TrainingConfig.js';
import type { Engine } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import { readCheckpoint, writeCheckpoint } from '../../src/promotion/checkpointFile.js';
import { pickTrial } from '../../src/promotion/pickTrial.js';
import { promoteTrial, unverifiedDir, type PromotionJob } from '../../src/promotion/promoteTrial.js';
import type { Trial } from '../../src/store/types.js';
import { jobOf, stripesData, trialOf } from './setting.js';

const folder = mkdtempSync(join(tmpdir(), 'promote-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('promotion', () => {
  let engine: Engine;
  let data: StudyData;
  const job = (dir: string, changes: Parameters<typeof jobOf>[3] = {}) =>
    jobOf(engine, data, join(folder, dir), changes);

  beforeAll(async () => {
    engine = await openEngine('onnx', { threads: 1 });
    data = await stripesData(folder);
  });
  afterAll(() => engine.close());

  it('exports what it trained, within the predicted bytes', async () => {
    const plain = job('plain');
    const { student, verification } = await promoteTrial(plain);
    expect(student).toBeGreaterThan(0);
    const { bytes } = verification;
    const predicted = plain.trial.costs.bytes;
    expect(bytes).toMatchObject({
      predicted,
      layersModel: { weights: predicted, scales: 0 },
      onnx: { weights: predicted },
    });
    expect(statSync(join(folder, 'plain', 'model.onnx')).size).toBe(bytes.onnx.file);
    expect(bytes.onnx.file).toBeGreaterThan(predicted + bytes.onnx.graphConstants);
    expect(Math.max(verification.layersModel, verification.onnx)).toBeLessThan(1e-4);
    expect(verification.rounding).toBeNull();
    expect(existsSync(join(folder, 'plain', unverifiedDir))).toBe(false);
  });

  it('goes on after an interruption as if there had been none', async () => {
    const whole = await promoteTrial(job('whole'));
    // The signal fires once the first epoch's checkpoint lies on disk.
    const controller = new AbortController();
    const watched: PromotionJob = job('parts', {
      signal: controller.signal,
      progress: {
        ...silent,
        start: () => ({
          update: (_done, note = '') => note.startsWith('epoch 1/') && controller.abort(),
          end: () => undefined,
        }),
      },
    });
    await expect(promoteTrial(watched)).rejects.toThrow('stopped');
    const resumed = await promoteTrial(job('parts'));
    for (const [name, { data: values }] of Object.entries(whole.variables)) {
      expect(resumed.variables[name].data, name).toEqual(values);
    }
  });

  it('stops both trainings when one of them fails, and throws what failed', async () => {
    const broken = job('broken', { alone: true, epochs: 200 });
    // The control needs no teacher and starts; the distilled student finds that there is none.
    const training = { ...broken.training, losses: [{ loss: 'kd', weight: 1 }] };
    const began = Date.now();
    await expect(promoteTrial({ ...broken, training })).rejects.toThrow('loss kd needs a teacher');
    expect(Date.now() - began).toBeLessThan(20_000);
  });

  it('says why a checkpoint of other settings, or of another engine, is not used', async () => {
    const wasm = await openEngine('wasm', { threads: 1 });
    await promoteTrial(job('other', { epochs: 1 }));
    const warnings: string[] = [];
    const progress = { ...silent, warn: (line: string) => warnings.push(line) };
    await promoteTrial(job('other', { epochs: 2, reevaluate: true, progress }));
    expect(warnings.splice(0).join()).toContain('other settings');
    const file = join(folder, 'other', 'checkpoints', 'distilled', 'checkpoint.json');
    const whole = readFileSync(file);
    writeFileSync(file, '{"epoch": 1');
    await promoteTrial(job('other', { epochs: 2, progress }));
    expect(warnings.splice(0).join()).toContain('damaged');
    writeFileSync(file, whole);
    await promoteTrial(job('other', { epochs: 2, engine: wasm, trainingEngine: wasm, reevaluate: true, progress }));
    expect(warnings.join()).toContain('other settings');
    wasm.close();
  });

  it('refuses what is over the budget before it trains anything', async () => {
    const { trial } = job('dear');
    const budgets = [{ metric: 'bytes', limit: trial.costs.bytes - 1, text: '1 kB' }] as const;
    await expect(promoteTrial(job('dear', { budgets }))).rejects.toThrow(/trial 1 takes .* over the budget 1 kB/);
    expect(existsSync(join(folder, 'dear'))).toBe(false);
  });

  it('leaves the model that lies there, and its checkpoint, when the export fails its verification', async () => {
    const dir = join(folder, 'kept');
    await promoteTrial(job('kept'));
    const before = readFileSync(join(dir, 'model.onnx'));
    // An engine that cannot evaluate: as good a failure as any.
    const closed = await openEngine('onnx', { threads: 1 });
    closed.close();
    await expect(promoteTrial(job('kept', { engine: closed }))).rejects.toThrow('after it was closed');
    expect(readFileSync(join(dir, 'model.onnx'))).toEqual(before);
    expect(readdirSync(join(dir, 'checkpoints', 'distilled'))).toHaveLength(2);
    await promoteTrial(job('kept'));
    expect(existsSync(join(dir, unverifiedDir))).toBe(false);
  });

  it('is refused before it trains with too few images to verify by', async () => {
    const few = { ...data, splits: { ...data.splits, validation: data.splits.validation.slice(0, 3) } };
    await expect(promoteTrial(job('few', { data: few }))).rejects.toThrow('3 validation images, 16 are needed');
    expect(existsSync(join(folder, 'few'))).toBe(false);
  });

  it('looks at test once for each trial', async () => {
    const first = job('once');
    const { student, teacher, reused } = await promoteTrial(first);
    expect([teacher, reused, first.asked.teacher]).toEqual([0.9, null, 1]);
    const record = join(folder, 'once', 'test.json');
    // Were test evaluated again, it would not find this accuracy.
    writeFileSync(record, readFileSync(record, 'utf8').replace(/"accuracy": [\d.]+/, '"accuracy": 0.123'));
    const lines: string[] = [];
    const again = job('once', { progress: { ...silent, info: (line) => lines.push(line) } });
    const repeated = await promoteTrial(again);
    expect([repeated.student, again.asked.teacher]).toEqual([0.123, 0]);
    expect(repeated.reused).not.toBeNull();
    expect(lines.join()).toContain('--reevaluate');
    // The control was not asked for before: only it is evaluated.
    const both = await promoteTrial(job('once', { alone: true }));
    expect(both.student).toBe(0.123);
    expect(both.alone).toBeGreaterThan(0);

    await expect(promoteTrial(job('once', { epochs: 2 }))).rejects.toThrow('under other settings');
    expect((await promoteTrial(job('once', { reevaluate: true }))).student).toBe(student);
    rmSync(record);
    await expect(promoteTrial(job('once', { promotedAt: Date.UTC(2026, 0, 2) }))).rejects.toThrow('2026-01-02');
    writeFileSync(record, '{"format": 1, ');
    await expect(promoteTrial(job('once'))).rejects.toThrow('damaged');
  });
});

describe('checkpoints', () => {
  const state = (value: number) => ({ w: { shape: [2], dtype: 'float32', data: Float32Array.of(value, 1) } }) as const;

  it('removes what a kill between the two writes left behind, and nothing else', () => {
    const dir = join(folder, 'checkpoints');
    writeCheckpoint(dir, 's', { epoch: 1, state: state(1) });
    const leave = () => {
      writeFileSync(join(dir, '0123456789abcdef.bin'), 'weights of the epoch that was cut');
      writeFileSync(join(dir, '0123456789abcdef.bin.77.tmp'), 'half');
      writeFileSync(join(dir, 'checkpoint.json.77.tmp'), 'half');
      writeFileSync(join(dir, 'notes.txt'), "not the tool's");
    };
    leave();
    expect(readCheckpoint(dir, 's').checkpoint?.state.w.data[0]).toBe(1);
    expect(readdirSync(dir).filter((name) => name !== 'notes.txt')).toHaveLength(2);
    leave();
    writeCheckpoint(dir, 's', { epoch: 2, state: state(2) });
    expect(readdirSync(dir).sort()).toEqual([
      expect.stringMatching(/^[0-9a-f]{16}\.bin$/),
      'checkpoint.json',
      'notes.txt',
    ]);
    expect(readCheckpoint(dir, 's').checkpoint).toMatchObject({ epoch: 2 });
    expect(readCheckpoint(dir, 'others').ignored).toContain('other settings');
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
