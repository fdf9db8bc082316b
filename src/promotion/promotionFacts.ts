import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../core/digest.js';
import { version } from '../core/version.js';
import { estimateCosts } from '../costs/registry.js';
import { countMacs } from '../costs/macs.js';
import { describeInput } from '../data/describeInput.js';
import { companionFiles, encodingOf, samplesOf } from '../data/samples.js';
import { inputName } from '../models/modelInput.js';
import type { TeacherRecord } from '../teachers/TeacherRecord.js';
import { modelFiles } from './exported.js';
import type { Promotion, PromotionJob } from './promoteTrial.js';
import { reproduction } from './reproduction.js';

/** Milliseconds of one inference of the exported ONNX file, and what was predicted of the architecture. */
export interface LatencyFacts {
  readonly threads: number;
  readonly batch: number;
  readonly machine: { readonly cpu: string; readonly runtime: string };
  /** `disturbed`: other work on the machine slowed it down, in spite of `repeats`. */
  readonly measured: {
    readonly median: number;
    readonly p95: number;
    readonly runs: number;
    readonly repeats: number;
    readonly disturbed: boolean;
  };
  /** For the study's devices; `here`: the machine that its study ran on. */
  readonly predicted: readonly { readonly device: string; readonly ms: number; readonly here: boolean }[];
}

export interface FactsInput {
  readonly latency: LatencyFacts;
  readonly job: PromotionJob;
  readonly promotion: Promotion;
  readonly teacher: TeacherRecord;
  /** The study's settings as stored. */
  readonly settings: Readonly<Record<string, unknown>>;
}
export type PromotionFacts = ReturnType<typeof promotionFacts>;

/** Everything that model-card.json says: what was exported, from what, how, how good it is, how to get it again. */
export function promotionFacts({ job, promotion, teacher, settings, latency }: FactsInput) {
  const { trial, data, engine, weights } = job;
  const { student, alone } = promotion;
  const { dataset, normalisation, splits, augmentation } = data;
  const { batch, lines, python } = describeInput(dataset, normalisation);
  return {
    format: 1,
    createdAt: new Date().toISOString(),
    study: job.study,
    trial: trial.number,
    student: {
      weights,
      costs: estimateCosts(trial.spec, weights),
      choices: trial.architecture.choices,
      customLayers: usesCustomLayers(job.out),
    },
    teacher: {
      name: teacher.name,
      family: teacher.family,
      digest: job.teacher.digest,
      params: teacher.params,
      /** Not known of imported models. */
      macs: teacher.spec === undefined ? null : countMacs(teacher.spec),
    },
    /** On the test split, which no choice was made by; students with their weights as they are stored. */
    accuracy: { student, alone, teacher: promotion.teacher },
    comparison: {
      shareOfTeacher: student / promotion.teacher,
      /** What the teacher brought: accuracy over the same student trained without it. */
      overAlone: alone === null ? null : student - alone,
      paramsShare: estimateCosts(trial.spec, weights).params / teacher.params,
    },
    testEvaluated: { earlier: promotion.reused === null ? null : new Date(promotion.reused).toISOString() },
    recipe: { ...job.training, seed: job.seed, augmentation },
    data: {
      name: dataset.name,
      digest: dataset.digest,
      shape: dataset.shape,
      classes: dataset.classes,
      normalisation,
      samples: samplesOf(dataset),
      encoding: encodingOf(dataset) ?? null,
      input: { name: inputName(trial.spec), batch, python, description: lines(inputName(trial.spec)) },
      images: { train: splits.train.length, validation: splits.validation.length, test: splits.test.length },
    },
    latency,
    verification: promotion.verification,
    files: Object.fromEntries(
      [...modelFiles, ...companionFiles(dataset).map(({ name }) => name)].map((name) => {
        const path = join(job.out, name);
        return [name, { bytes: statSync(path).size, sha256: sha256(readFileSync(path)) }];
      }),
    ),
    reproduce: reproduction({ job, teacher, settings }),
    versions: { 'nas-distill': version, node: process.version, engine: engine.info.version },
    engine: engine.info,
  };
}

/** Layers that tf.loadLayersModel knows only after `import 'nas-distill/layers'`. */
function usesCustomLayers(dir: string): boolean {
  return readFileSync(join(dir, modelFiles[0]), 'utf8').includes('"class_name":"NasDistill');
}
