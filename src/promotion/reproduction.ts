import { dataFlag } from '../data/DataOptions.js';
import type { TeacherRecord } from '../teachers/TeacherRecord.js';
import { exported } from './exported.js';
import type { PromotionJob } from './promoteTrial.js';

/** The commands that lead to the exported student again, in order; study.json lies beside the card. */
export function reproduction({
  job,
  teacher,
  settings,
}: {
  job: PromotionJob;
  teacher: TeacherRecord;
  settings: Readonly<Record<string, unknown>>;
}): string[] {
  const { study, trial, training, data, engine } = job;
  return [
    teacherCommand(teacher, settings),
    `nas-distill search --study-file ${exported.study} --study ${quoted(study)}`,
    [
      `nas-distill promote ${quoted(study)} --trial ${trial.number} --epochs ${training.epochs}`,
      `--views ${data.augmentation.views} --engine ${engine.info.name}${job.alone ? '' : ' --no-alone'}`,
    ].join(' '),
  ];
}

/** Whether it is the same teacher is decided by its digest, which the card holds. */
function teacherCommand(teacher: TeacherRecord, settings: Readonly<Record<string, unknown>>): string {
  const { name, family, trainedOn } = teacher;
  const [kind, size] = family.split(' ');
  if (trainedOn === undefined || teacher.spec === undefined) {
    return `nas-distill teacher import DIR --name ${quoted(name)}`;
  }
  const dataName = typeof settings.data === 'string' ? settings.data : trainedOn.dataset;
  return [
    `nas-distill teacher train ${kind} --size ${size} --data ${quoted(dataName)}`,
    `--epochs ${trainedOn.epochs}${trainedOn.seed === undefined ? '' : ` --seed ${trainedOn.seed}`} --name ${quoted(name)}`,
    ...dataFlags(settings),
  ].join(' ');
}

/** How the study's data is read, as flags. */
function dataFlags(settings: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(dataFlag).flatMap(([key, flag]) => {
    const value = settings[key];
    if (value === undefined || value === false) return [];
    return value === true ? [flag] : [flag, quoted(String(value))];
  });
}

/** A word as a shell takes it. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
