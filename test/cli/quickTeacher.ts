import { createRng } from '../../src/core/rng.js';
import { countParams } from '../../src/costs/params.js';
import { initialise } from '../../src/models/parameters.js';
import { referenceTeachers } from '../../src/models/teachers/registry.js';
import { saveSpecTeacher } from '../../src/teachers/teacherFiles.js';
import type { TeacherRecord } from '../../src/teachers/TeacherRecord.js';

/** Stores an untrained ViT for 12x12 grey images: a teacher of known form without the seconds of training. */
export function storeQuickTeacher(
  teachersDir: string,
  options: { name?: string; classes?: readonly string[]; seed?: string } = {},
): TeacherRecord {
  const { name = 'quick', classes = ['0', '1', '2'], seed = 'quick' } = options;
  const spec = referenceTeachers.vit.build('tiny', { input: [12, 12, 1], classes: classes.length });
  const { trainable, statistics } = initialise(spec, createRng(seed));
  return saveSpecTeacher(
    teachersDir,
    {
      format: 1,
      name,
      kind: 'spec',
      family: 'vit tiny',
      classes: [...classes],
      input: [12, 12, 1],
      normalisation: { mean: [0.5], std: [0.25] },
      probabilities: false,
      spec,
      params: countParams(spec),
      createdAt: 1,
    },
    { ...trainable, ...statistics },
  );
}
