import { z } from 'zod';
import type { Sample, TeacherAnswers, TrialAnswers } from './Answers.js';
import { answersRow, numberColumn, sampleRow, teacherAnswersRow } from './rows.js';
import type { StoreAccess } from './StoreAccess.js';
import type { TrialStore } from './types.js';

/** What students and the teacher answer on validation, and how those samples look. */
export function answerMethods(
  access: StoreAccess,
): Pick<
  TrialStore,
  'answers' | 'recordTeacherAnswers' | 'teacherAnswers' | 'recordSamples' | 'sampleRows' | 'samples'
> {
  const { sql } = access;
  return {
    answers(study: string, trials: readonly number[]): Map<number, TrialAnswers> {
      return access.readStudy(study, (id) => {
        const known = trials.flatMap((number) => {
          const row = sql.answers.get(id, number);
          return row === undefined ? [] : [[number, access.parse(answersRow, row).answers] as const];
        });
        return new Map(known);
      });
    },

    recordTeacherAnswers(study: string, answers: TeacherAnswers): void {
      access.change(study, (id) => sql.recordTeacherAnswers.run(id, JSON.stringify(answers)));
    },

    teacherAnswers(study: string): TeacherAnswers | undefined {
      return access.readStudy(study, (id) => {
        const row = sql.teacherAnswers.get(id);
        return row === undefined ? undefined : access.parse(teacherAnswersRow, row).answers;
      });
    },

    recordSamples(study: string, samples: readonly Sample[]): void {
      if (samples.length === 0) return;
      access.change(study, (id) => {
        for (const { row, ...sample } of samples) sql.recordSample.run(id, row, JSON.stringify(sample));
      });
    },

    sampleRows(study: string): number[] {
      return access.readStudy(study, (id) => z.array(numberColumn).parse(sql.sampleRows.all(id)));
    },

    samples(study: string, rows: readonly number[]): Sample[] {
      return access.readStudy(study, (id) =>
        rows.flatMap((row) => {
          const found = sql.sample.get(id, row);
          return found === undefined ? [] : [{ row, ...access.parse(sampleRow, found).sample }];
        }),
      );
    },
  };
}
