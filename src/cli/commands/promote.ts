import { join } from 'node:path';
import { z } from 'zod';
import { atomicWrite } from '../../core/atomicWrite.js';
import { NasDistillError } from '../../core/errors.js';
import { formatBytes } from '../../core/units.js';
import { parseBudgets } from '../../costs/budgets.js';
import { computeNormalisation } from '../../data/normalisation.js';
import { requestedTaps } from '../../distillation/requestedTaps.js';
import { openEngine, chooseEngine } from '../../engines/registry.js';
import { exported } from '../../promotion/exportStudent.js';
import { modelCard } from '../../promotion/modelCard.js';
import { picks, pickTrial } from '../../promotion/pickTrial.js';
import { promoteTrial } from '../../promotion/promoteTrial.js';
import { parseStudyConfig } from '../../search/StudyConfig.js';
import { trainingOf } from '../../search/trainingOf.js';
import { loadSpace } from '../../spaces/loadSpace.js';
import { openStore } from '../../store/openStore.js';
import type { TrialStore } from '../../store/types.js';
import { evaluateTeacher } from '../../teachers/evaluateTeacher.js';
import { openTeacher } from '../../teachers/openTeacher.js';
import { teacherOutputs } from '../../teachers/teacherCache.js';
import { readRecord } from '../../teachers/teacherFiles.js';
import { cores, wholeNumber } from '../flags.js';
import { interruptible } from '../interruptible.js';
import type { Io } from '../Io.js';
import { chosenStudy } from '../openStudies.js';
import { resultPaths } from '../paths.js';
import { fullSplits, prepareDataset } from '../prepareData.js';
import { table } from '../table.js';
import type { RegisterCommand } from './Command.js';

const flagsSchema = z.object({
  trial: z.number().optional(),
  pick: z.string().optional(),
  epochs: z.number(),
  views: z.number(),
  engine: z.string().optional(),
  alone: z.boolean(),
});
type Flags = z.infer<typeof flagsSchema>;

/** `nas-distill promote`. */
export const registerPromote: RegisterCommand = (program, io) => {
  program
    .command('promote')
    .description('Distil one trial in full, compare it on test, export and verify it')
    .argument('[study]', 'study (default: the newest)')
    .option('--trial <n>', 'trial by number', wholeNumber(1))
    .option('--pick <which>', `from the front: ${picks.join(' | ')}`)
    .option('--epochs <n>', 'epochs over all training images', wholeNumber(1), 20)
    .option('--views <n>', 'augmented views of each image that the teacher answers once', wholeNumber(1), 4)
    .option('--engine <name>', "auto, onnx, wasm, ... (default: the study's)")
    .option('--no-alone', 'skip the control: the same student trained without the teacher')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nas-distill promote --pick knee\n  $ nas-distill promote my-study --trial 12 --epochs 30\n\nThe same command goes on after an interruption.',
    )
    .action(async (name: string | undefined, options: unknown, command) => {
      const out = io(command);
      const flags = flagsSchema.parse(options);
      const store = openStore(resultPaths(out.resultsDir).database);
      try {
        const study = chosenStudy(store, name).name;
        await interruptible(out, `the same command`, (signal) => promote(out, store, study, flags, signal));
      } finally {
        store.close();
      }
    });
};

function wantedOf(flags: Flags): number | (typeof picks)[number] {
  if (flags.trial !== undefined && flags.pick !== undefined) {
    throw new NasDistillError('USAGE', '--trial and --pick both say which trial', { hint: 'Give one of them.' });
  }
  if (flags.trial !== undefined) return flags.trial;
  const pick = picks.find((known) => known === (flags.pick ?? 'knee'));
  if (pick === undefined) {
    throw new NasDistillError('USAGE', `--pick ${flags.pick ?? ''}: unknown`, {
      hint: `Use one of: ${picks.join(', ')}, or --trial N.`,
    });
  }
  return pick;
}

async function promote(io: Io, store: TrialStore, study: string, flags: Flags, signal: AbortSignal): Promise<void> {
  const paths = resultPaths(io.resultsDir);
  const record = store.study(study);
  if (record === undefined) throw new NasDistillError('NOT_FOUND', `no study "${study}"`);
  const config = parseStudyConfig(record.settings, `study ${study}`);
  if (config.weights !== 'float32') {
    throw new NasDistillError(
      'USAGE',
      `study ${study} counts ${config.weights} weights, but only float32 can be exported so far`,
      {
        hint: 'Search with --weights float32 to promote a student.',
      },
    );
  }
  const budgets = parseBudgets(config.budgets);
  const trial = pickTrial(study, store.trials(study), budgets[0]?.metric ?? 'bytes', wantedOf(flags));
  const training = { ...trainingOf(config, loadSpace(config.space).losses(trial.architecture)), epochs: flags.epochs };
  const dataset = await prepareDataset(io, config.data, config);
  if (dataset.digest !== record.facts.datasetDigest) {
    throw new NasDistillError('DATA', `data set ${dataset.name} is not the one that study ${study} used`, {
      hint: 'Bring the old data back, or search again.',
    });
  }
  const splits = fullSplits(dataset);
  const teacher = await openTeacher(paths.teachers, readRecord(paths.teachers, config.teacher ?? ''));
  const { name: engineName, why } = await chooseEngine(flags.engine ?? config.engine);
  io.progress.info(`engine ${engineName}: ${why}\npromoting trial ${trial.number} of study ${study}`);
  const engine = await openEngine(engineName, { threads: cores() });
  let teacherEngine = engine;
  try {
    if (teacher.engine !== undefined) teacherEngine = await openEngine(teacher.engine, { threads: cores() });
    const augmentation = { ...config.augmentation, views: flags.views, seed: config.seed };
    const { outputs } = await teacherOutputs(
      paths.teacherCache,
      { teacher, dataset, rows: splits.train, policy: augmentation, taps: requestedTaps(training.losses) },
      () => Promise.resolve(teacherEngine),
      io.progress,
    );
    const normalisation = computeNormalisation(dataset, splits.train);
    const dir = join(paths.promoted, study, `trial-${trial.number}`);
    const promotion = await promoteTrial({
      study,
      trial,
      data: { dataset, splits, normalisation, augmentation, teacher: outputs },
      training,
      alone: flags.alone,
      seed: config.seed,
      engine,
      budgets,
      dir,
      progress: io.progress,
      signal,
    });
    const { accuracy: test } = await evaluateTeacher(teacher, teacherEngine, dataset, splits.test);
    const { name, family, params } = teacher.record;
    atomicWrite(
      join(dir, exported.card),
      modelCard({
        study,
        trial,
        dataset,
        normalisation,
        teacher: { name, family, digest: teacher.digest, test },
        promotion,
        epochs: flags.epochs,
        seed: config.seed,
      }),
    );
    const { student, alone, verification } = promotion;
    const accuracy = { student, teacher: test, ...(alone === null ? {} : { alone }) };
    store.recordPromotion(study, {
      trial: trial.number,
      finishedAt: Date.now(),
      accuracy,
      directory: join('promoted', study, `trial-${trial.number}`),
    });
    io.result(
      { study, trial: trial.number, accuracy, costs: trial.costs, teacherParams: params, directory: dir, verification },
      () => {
        const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
        const rows = [
          ['student, distilled', percent(student), percent(student / test), String(trial.costs.params)],
          ...(alone === null
            ? []
            : [['the same, without the teacher', percent(alone), percent(alone / test), String(trial.costs.params)]]),
          [`teacher ${name} (${family})`, percent(test), percent(1), String(params)],
        ];
        return [
          table(
            [
              { title: 'model' },
              { title: 'test accuracy', align: 'right' },
              { title: 'of teacher', align: 'right' },
              { title: 'params', align: 'right' },
            ],
            rows,
          ),
          `parameters: 1/${(params / trial.costs.params).toFixed(1)} of the teacher`,
          `written to ${dir}: ${exported.model} + ${exported.weights} (${formatBytes(verification.weightBytes)}), ${exported.onnx} (${formatBytes(verification.onnxBytes)}), ${exported.card}`,
          `verified: both reloaded; logits differ by at most ${Math.max(verification.layersModel, verification.onnx).toExponential(1)}; ${exported.weights} has exactly the predicted bytes`,
        ].join('\n');
      },
    );
  } finally {
    engine.close();
    if (teacherEngine !== engine) teacherEngine.close();
    teacher.dispose();
  }
}
