import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fitAdditive } from '../../src/blockwise/additiveModel.js';
import { bestWithin } from '../../src/blockwise/bestWithin.js';
import { BlockTable, readBlocks, writeBlocks } from '../../src/blockwise/BlockTable.js';
import { choicesOf, cutStage, requireStages, stagesOf } from '../../src/blockwise/stageModels.js';
import { blocksToTeach } from '../../src/blockwise/teachBlocks.js';
import { standardise, tapsFor } from '../../src/blockwise/teacherMaps.js';
import { trainStage, type StageLesson } from '../../src/blockwise/trainStage.js';
import { createRng } from '../../src/core/rng.js';
import type { Engine } from '../../src/engines/Engine.js';
import { openEngine } from '../../src/engines/registry.js';
import { inferShapes, tapShapes } from '../../src/models/inferShapes.js';
import type { NodeSpec } from '../../src/models/ModelSpec.js';
import { listSpaces, loadSpace } from '../../src/spaces/loadSpace.js';

const context = { input: [12, 12, 1], classes: 5 };
const images = listSpaces().map((name) => loadSpace(name)).filter((space) => space.samples === 'images'); // prettier-ignore

describe.each(images.map((space) => [space.name, space] as const))('stages of %s', (_name, space) => {
  it('cut out, they have the shapes that they have within the model', () => {
    for (let i = 0; i < 8; i++) {
      const spec = space.toModelSpec(space.sample(createRng(`cut/${i}`)), context);
      const shapes = tapShapes(spec);
      const stages = stagesOf(spec);
      let params = 0;
      stages.forEach((stage, s) => {
        const cut = cutStage(spec, stage);
        expect(cut.input).toEqual(s === 0 ? spec.input : shapes[stages[s - 1]]);
        if (cut.spec === undefined) expect(shapes[stage]).toEqual(cut.input);
        else expect(inferShapes(cut.spec).get(cut.spec.taps[stage])).toEqual(shapes[stage]);
        params += (cut.spec?.nodes.length ?? 1) - 1;
      });
      expect(params).toBe(spec.nodes.findIndex(({ name }) => name === spec.taps[stages.at(-1) ?? '']) + 1);
    }
  });

  it('blocks to teach are different ones of the space, more of them the same and others', () => {
    const stage = stagesOf(space.toModelSpec(space.reference, context)).at(-1) ?? '';
    const few = blocksToTeach(space, stage, false, 5, createRng('b'));
    const more = blocksToTeach(space, stage, false, 9, createRng('b'));
    expect(more.slice(0, few.length)).toEqual(few);
    const keys = more.map((a) => JSON.stringify(choicesOf(space, a, stage, false)));
    expect(new Set(keys).size).toBe(more.length);
    for (const architecture of more) space.validate(architecture);
  });
});

it('texts and spaces of one stage are refused', () => {
  const texts = loadSpace('text-cnn');
  const fits = { input: [12], classes: 5, vocabulary: { size: 300, unknown: 1 } };
  expect(() => requireStages(texts, texts.toModelSpec(texts.reference, fits))).toThrow('is for texts');
});

describe('what a stage is taught by', () => {
  it('taps in order, spread over the stages, the last one last', () => {
    const taps = {
      block1: [7, 7, 8],
      attention1: [4, 49, 49],
      block2: [49, 8],
      block3: [50, 8],
      odd: [3, 8],
      embedding: [8],
    };
    expect(tapsFor(['a', 'b'], taps, 't')).toEqual(['block2', 'embedding']);
    expect(tapsFor(['a', 'b', 'c', 'd'], taps, 't')).toEqual(['block1', 'block2', 'block3', 'embedding']);
    expect(() => tapsFor(['a', 'b', 'c', 'd', 'e'], taps, 't')).toThrow('4 taps of features, the space 5 stages');
  });

  it('is standardised by channel', () => {
    const data = Float32Array.of(1, 5, 3, 5, 5, 5);
    standardise(data, 2);
    const unit = Math.sqrt(1.5);
    expect([...data]).toEqual([-unit, 0, 0, 0, unit, 0].map((v) => expect.closeTo(v, 5)));
  });
});

describe('trainStage', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine('onnx', { threads: 1 });
  });
  afterAll(() => engine.close());

  const rows = 512;
  /** Targets that a 1x1 map of the input explains, or noise that nothing does. */
  function lesson(explained: boolean): StageLesson {
    const rng = createRng('lesson');
    const input = Float32Array.from({ length: rows * 36 * 4 }, () => rng.normal());
    const target = new Float32Array(rows * 36 * 3);
    for (let i = 0; i < rows * 36; i++)
      for (let c = 0; c < 3; c++) target[3 * i + c] = explained ? input[4 * i + c] - input[4 * i + 3] : rng.normal();
    standardise(target, 3);
    return {
      images: false,
      input: { shape: [6, 6, 4], data: input },
      target: { tap: 't', shape: [6, 6, 3], data: target },
      trainRows: 384,
    };
  }

  it('a stage that is left out can only pass its input through the adapters: enough for a linear target, not for noise', async () => {
    const stage = { stage: 'stage1', input: [6, 6, 8] };
    const options = { stage, steps: 60, engine, rng: createRng('s') };
    const good = await trainStage({ ...options, steps: 150, lesson: lesson(true) });
    expect(good).toBeLessThan(0.1);
    expect(await trainStage({ ...options, lesson: lesson(false) })).toBeGreaterThan(0.95);
    expect(await trainStage({ ...options, steps: 150, lesson: lesson(true) })).toBe(good);
  });

  it('a block learns what the adapters alone cannot', async () => {
    const linear = lesson(true);
    const target = linear.target.data.map((v) => Math.abs(v));
    standardise(target, 3);
    const input = [6, 6, 16];
    const nodes: NodeSpec[] = [
      {
        name: 'conv',
        op: 'conv2d',
        inputs: ['input'],
        filters: 16,
        kernel: 1,
        stride: 1,
        padding: 'same',
        useBias: true,
      },
      { name: 'relu', op: 'activation', inputs: ['conv'], function: 'relu' },
      { name: 'end', op: 'global_avg_pool', inputs: ['relu'] },
    ];
    const options = {
      steps: 200,
      engine,
      rng: createRng('s'),
      lesson: { ...linear, target: { ...linear.target, data: target } },
    };
    const without = await trainStage({ ...options, stage: { stage: 'stage1', input } });
    const spec = { input, nodes, logits: 'end', taps: { stage1: 'relu' } };
    const block = await trainStage({ ...options, stage: { stage: 'stage1', input, spec } });
    expect(without).toBeGreaterThan(0.9);
    expect(block).toBeLessThan(0.5);
  });
});

describe('scores', () => {
  const space = loadSpace('minimal');
  const stages = ['stage1', 'stage2'];
  const errorOf = (choices: Record<string, unknown>) =>
    Object.entries(choices).reduce((sum, [name, value]) => sum + (name.endsWith('width') ? 1 / Number(value) : 0.1), 0);
  const all = [...space.enumerate()];
  const blocks = Object.fromEntries(
    stages.map((stage, i) => {
      const found = new Map(
        all.map((a) => [JSON.stringify(choicesOf(space, a, stage, i === 0)), choicesOf(space, a, stage, i === 0)]),
      );
      return [stage, [...found.values()].map((choices) => ({ choices, error: errorOf(choices) }))];
    }),
  );

  it('are the sums of the errors of the blocks', () => {
    const table = new BlockTable(space, stages, blocks);
    for (const architecture of all) {
      const sum = stages.reduce((s, stage, i) => s + errorOf(choicesOf(space, architecture, stage, i === 0)), 0);
      expect(table.score(architecture)).toBeCloseTo(sum, 12);
    }
  });

  it('of blocks that were not taught are predicted from the others', () => {
    const part = { stage1: blocks.stage1, stage2: blocks.stage2.filter((_, i) => i !== 3) };
    const left = all.find(
      (a) => JSON.stringify(choicesOf(space, a, 'stage2', false)) === JSON.stringify(blocks.stage2[3].choices),
    );
    const full = new BlockTable(space, stages, blocks).score(left!);
    expect(Math.abs(new BlockTable(space, stages, part).score(left!) - full)).toBeLessThan(0.08);
    expect(new BlockTable(space, stages, part).predictability().stage2).toBeGreaterThan(0.4);
  });

  it('the additive model recovers additive errors', () => {
    const grid = [1, 2, 3].flatMap((a) =>
      ['x', 'y', 'z'].map((b) => ({ choices: { a, b }, error: a + (b === 'y' ? 5 : 0) })),
    );
    const predict = fitAdditive(grid.slice(0, 8));
    expect(predict({ a: 3, b: 'y' })).toBeGreaterThan(predict({ a: 1, b: 'y' }));
    expect(Math.abs(predict({ a: 3, b: 'z' }) - 3)).toBeLessThan(0.6);
  });

  it('find the best architecture within a budget', () => {
    const table = new BlockTable(space, stages, blocks);
    const cost = (a: (typeof all)[number]) =>
      Number(a.choices['stage1.width']) + Number(a.choices['stage2.width'] ?? 0);
    const fits = (a: (typeof all)[number]) => cost(a) <= 16;
    const wanted = Math.min(...all.filter(fits).map((a) => table.score(a)));
    const best = bestWithin({
      space,
      score: (a) => table.score(a),
      fits,
      propose: (rng) => space.sample(rng),
      rng: createRng('best'),
      looks: 400,
      count: 3,
    });
    expect(best[0].score).toBeCloseTo(wanted, 12);
    expect(best.every(({ architecture }) => fits(architecture))).toBe(true);
    expect(best.map(({ score }) => score)).toEqual([...best.map(({ score }) => score)].sort((a, b) => a - b));
  });

  it('are kept, and refused when damaged or of another ground', () => {
    const dir = mkdtempSync(join(tmpdir(), 'blocks-'));
    try {
      const file = join(dir, 'blocks.json');
      expect(readBlocks(file, { a: 1 })).toEqual({});
      writeBlocks(file, { a: 1 }, blocks);
      expect(readBlocks(file, { a: 1 })).toEqual(blocks);
      expect(() => readBlocks(file, { a: 2 })).toThrow('belong to another');
      writeFileSync(file, '{"format": 1');
      expect(() => readBlocks(file, { a: 1 })).toThrow('damaged');
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
