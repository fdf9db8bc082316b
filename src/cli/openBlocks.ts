import { join } from 'node:path';
import { BlockTable, readBlocks, writeBlocks, type TaughtBlock } from '../blockwise/BlockTable.js';
import { requireStages, stagesOf } from '../blockwise/stageModels.js';
import { blocksToTeach, teachBlocks } from '../blockwise/teachBlocks.js';
import { standardise, tapsFor } from '../blockwise/teacherMaps.js';
import type { StageLesson } from '../blockwise/trainStage.js';
import { digestOf } from '../core/digest.js';
import { NasDistillError } from '../core/errors.js';
import { createRng } from '../core/rng.js';
import { epochOrder, fillBatch } from '../data/batches.js';
import { computeNormalisation } from '../data/normalisation.js';
import { chooseEngine, openEngine } from '../engines/registry.js';
import { openTeacher } from '../teachers/openTeacher.js';
import { runTeacher } from '../teachers/runTeacher.js';
import { firstOf, type SingleTeacher } from '../teachers/TeacherModel.js';
import type { TeacherRecord } from '../teachers/TeacherRecord.js';
import { cores } from './flags.js';
import type { Io } from './Io.js';
import type { StudyGround } from './openStudy.js';
import { resultPaths } from './paths.js';

export interface BlockOptions {
  /** Blocks of each stage that are taught; the others are predicted. */
  readonly blocks: number;
  /** Training steps of a block. */
  readonly steps: number;
  /** Training samples that blocks are taught and judged on. */
  readonly images: number;
}

export interface OpenBlocks {
  readonly table: BlockTable;
  /** The tap that each stage is taught by. */
  readonly taps: readonly string[];
  /** Blocks taught now; the others were known. */
  readonly taughtNow: number;
  readonly seconds: number;
}

/**
 * The blocks of a study's space, taught against its teacher's features: from the file below the results where they were taught
 * before, which grows block by block.
 * @throws NasDistillError SPACE, TEACHER or DATA where blocks cannot be taught; INTERRUPTED
 */
export async function openBlocks(
  io: Io,
  ground: StudyGround,
  record: TeacherRecord,
  options: BlockOptions,
  signal: AbortSignal,
): Promise<OpenBlocks> {
  const { space, builder, config, dataset, splits } = ground;
  const reference = builder.build(space.reference).spec;
  requireStages(space, reference);
  const stages = stagesOf(reference);
  const started = performance.now();
  // Of several teachers the first: their features have no common shape.
  const opened = await openTeacher(resultPaths(io.resultsDir).teachers, record);
  const teacher = firstOf(opened);
  const { name: engineName } = await chooseEngine(config.engine);
  const engine = await openEngine(engineName, { threads: cores() });
  try {
    const taps = tapsFor(stages, teacher.taps, record.name);
    const { steps, images } = options;
    const held = { space: space.digest, dataset: dataset.digest, teacher: teacher.digest, seed: config.seed };
    const identity = { ...held, taps, steps, images, train: config.trainImages, validation: config.validationImages };
    const file = join(resultPaths(io.resultsDir).blocks, `${digestOf(identity).slice(0, 32)}.json`);
    const blocks = readBlocks(file, identity);
    const rng = createRng(`${config.seed}/blockwise`);
    const wanted = stages.map((stage, i) => blocksToTeach(space, stage, i === 0, options.blocks, rng));
    const total = wanted.reduce((sum, list) => sum + list.length, 0);
    const before = Object.values(blocks).reduce((sum, list) => sum + list.length, 0);
    let lessons: StageLesson[] | undefined;
    const bar = io.progress.start('teaching blocks', total, Math.min(before, total));
    let done = before;
    for (const [i, stage] of stages.entries()) {
      const known: TaughtBlock[] = (blocks[stage] ??= []);
      if (known.length >= wanted[i].length) continue;
      lessons ??= await lessonsOf(ground, teacher, taps, images);
      await teachBlocks({
        space,
        stage,
        first: i === 0,
        architectures: wanted[i],
        build: (architecture) => builder.build(architecture).spec,
        lesson: lessons[i],
        steps,
        engine,
        rng,
        known: [...known],
        onBlock: (block) => {
          known.push(block);
          writeBlocks(file, identity, blocks);
          bar.update(++done, `${stage}: ${block.error.toFixed(3)}`);
        },
        signal,
      });
      if (signal.aborted) {
        throw new NasDistillError('INTERRUPTED', 'interrupted; the blocks taught so far are kept', {
          hint: 'The same command goes on with the others.',
        });
      }
    }
    bar.end();
    return {
      table: new BlockTable(space, stages, blocks),
      taps,
      taughtNow: done - before,
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    engine.close();
    opened.dispose();
  }

  /** What each stage reads and what it is to say, on samples as they are. */
  async function lessonsOf(
    { dataset: data }: StudyGround,
    model: SingleTeacher,
    taps: readonly string[],
    images: number,
  ): Promise<StageLesson[]> {
    const rows = Math.min(images, splits.train.length);
    if (rows < 256) {
      throw new NasDistillError('DATA', `${data.name}: ${rows} training samples are too few to teach blocks by`, {
        hint: 'Blockwise scoring needs 256 at least.',
      });
    }
    // Shuffled, as a data set may be in the order of its classes and the last rows judge.
    const order = epochOrder(splits.train.length, `${config.seed}/blockwise`, 0).subarray(0, rows);
    const indices = Int32Array.from(order, (row) => splits.train[row]);
    const sizes = taps.map((tap) => model.taps[tap].reduce((a, b) => a * b, 1));
    const maps = sizes.map((size) => new Float32Array(indices.length * size));
    const teacherEngine = await openEngine(model.engine ?? engineName, { threads: cores() });
    try {
      await runTeacher({
        teacher: model,
        engine: teacherEngine,
        dataset: data,
        indices,
        taps: [...new Set(taps)],
        onBatch: (start, count, outputs) => {
          taps.forEach((tap, i) => maps[i].set(outputs[`tap/${tap}`].subarray(0, count * sizes[i]), start * sizes[i]));
        },
      });
    } finally {
      teacherEngine.close();
    }
    taps.forEach((tap, i) => standardise(maps[i], model.taps[tap].at(-1) ?? 1));
    const pixels = new Float32Array(indices.length * data.shape.reduce((a, b) => a * b, 1));
    const normalisation = computeNormalisation(data, splits.train);
    fillBatch({ dataset: data, indices, start: 0, size: indices.length, normalisation, out: pixels });
    const trainRows = 64 * Math.floor((0.75 * indices.length) / 64);
    return taps.map((tap, i) => ({
      images: i === 0,
      input: i === 0 ? { shape: data.shape, data: pixels } : { shape: model.taps[taps[i - 1]], data: maps[i - 1] },
      target: { tap, shape: model.taps[tap], data: maps[i] },
      trainRows,
    }));
  }
}
