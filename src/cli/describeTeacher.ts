import { formatCount } from '../core/units.js';
import type { TeacherRecord } from '../teachers/TeacherRecord.js';

export const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

/** A teacher without the layers and tables that only programs read. */
export function publicRecord(record: TeacherRecord): Omit<TeacherRecord, 'spec' | 'weights'> {
  const shown: Partial<TeacherRecord> & Omit<TeacherRecord, 'spec' | 'weights'> = { ...record };
  delete shown.spec;
  delete shown.weights;
  return shown;
}

/** A teacher in a few lines. */
export function describeTeacher(record: TeacherRecord): string {
  const lines = [
    `teacher ${record.name}: ${record.family}, ${formatCount(record.params)} parameters`,
    `input ${record.input.join('x')}, ${record.classes.length} classes: ${record.classes.join(', ')}`,
  ];
  const { trainedOn } = record;
  if (trainedOn) {
    lines.push(
      `${trainedOn.dataset}, ${trainedOn.epochs} epochs: validation ${percent(trainedOn.validation)}, test ${percent(trainedOn.test)}`,
    );
  }
  return lines.join('\n');
}
