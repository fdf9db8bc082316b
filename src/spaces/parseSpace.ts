import type { SearchSpace } from './SearchSpace.js';
import { createSpace } from './createSpace.js';
import { readDefinition } from './language/readDefinition.js';

/** The search space that a YAML text describes. `file` is named in errors. @throws NasDistillError SPACE. */
export function parseSpace(text: string, file: string): SearchSpace {
  return createSpace(readDefinition(text, file));
}
