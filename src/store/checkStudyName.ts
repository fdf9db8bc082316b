import { NasDistillError } from '../core/errors.js';

const longest = 64;
const allowed = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * Checks the name of a study. It becomes part of paths, URLs and HTML, so it is kept to letters, digits, `.`, `_`, `-`.
 * @throws NasDistillError STUDY_NAME
 */
export function checkStudyName(name: string): void {
  if (name.length <= longest && allowed.test(name)) return;
  const shown = JSON.stringify(name.length > 2 * longest ? `${name.slice(0, longest)}...` : name);
  const what =
    name === '' ? 'is empty' : name.length > longest ? `is longer than ${longest} characters` : 'is not allowed';
  throw new NasDistillError('STUDY_NAME', `study name ${shown} ${what}`, {
    hint: `Use 1 to ${longest} letters, digits, '.', '_' or '-', beginning with a letter or digit.`,
  });
}
