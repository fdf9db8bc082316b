import { tapShapes } from '../models/inferShapes.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { gridOf } from './adapter.js';
import type { TeacherShapes } from './objective.js';
import { parseLossTerms } from './parseLossTerms.js';
import type { TrainingTerm } from './TrainingConfig.js';

/**
 * One line for each pair of taps that the terms compare: their shapes, and how those are read where they are not grids
 * already, such as `hint: stage3 [7, 7, 64] with block2 [16, 64] as 4x4x64`.
 */
export function describeTaps(
  spec: ModelSpec,
  terms: readonly TrainingTerm[],
  teacher: TeacherShapes | undefined,
): string[] {
  const student = tapShapes(spec);
  // One by one, as equal losses of several recipes would be numbered.
  const used = terms.filter(({ loss, weight }) => loss !== 'none' && weight > 0);
  const lines = used
    .flatMap((term) => parseLossTerms([term]))
    .flatMap(({ name, loss }) =>
      loss.taps.map((pair) => {
        if (!Object.hasOwn(student, pair.student))
          return `${name}: no ${pair.student}, nothing to compare with ${pair.teacher}`;
        const own = student[pair.student];
        const other = teacher?.taps[pair.teacher]?.shape ?? [];
        return `${name}: ${pair.student} ${written(own)} with ${pair.teacher} ${written(other)}`;
      }),
    );
  return [...new Set(lines)];
}

function written(shape: readonly number[]): string {
  const text = `[${shape.join(', ')}]`;
  const grid = gridOf(shape);
  if (grid === undefined || shape.length === 3) return text;
  return `${text} as ${grid.height}x${grid.width}x${grid.channels}`;
}
