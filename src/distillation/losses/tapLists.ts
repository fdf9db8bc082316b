import { z } from 'zod';

const taps = (whose: string, byDefault: readonly string[]) =>
  z
    .array(z.string().min(1))
    .min(1)
    .default([...byDefault])
    .describe(`the ${whose}'s taps, the shallow ones first`);

/** Options of a loss that compares the first with the first tap of each network, the second with the second, ... */
export function pairedTaps(student: readonly string[], teacher: readonly string[]) {
  return { student: taps('student', student), teacher: taps('teacher', teacher) };
}

/** Refuses lists of different lengths. */
export function sameLength<S extends z.ZodType<{ student: readonly string[]; teacher: readonly string[] }>>(schema: S) {
  return schema.refine((lists) => lists.student.length === lists.teacher.length, {
    message: "must name as many taps as the student's list",
    path: ['teacher'],
  });
}

/** Options with both lists, refused where their lengths differ. */
export function pairedTapsSchema(student: readonly string[], teacher: readonly string[]) {
  return sameLength(z.strictObject(pairedTaps(student, teacher)));
}

/** The pairs that the lists mean. */
export function pairsOf({ student, teacher }: { student: readonly string[]; teacher: readonly string[] }) {
  return student.map((tap, i) => ({ student: tap, teacher: teacher[i] }));
}
