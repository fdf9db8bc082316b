import { canonicalJson, digestOf, sha256 } from '../core/digest.js';
import type { Architecture, Choice } from './SearchSpace.js';

/**
 * The digest of an architecture's choices: what `digestOf(architecture.choices)` is, put together from texts prepared for each
 * value, as a search asks for it several times a proposal. Kept for each object.
 */
export function architectureIds(choices: readonly Choice[]): (architecture: Architecture) => string {
  const blank = canonicalJson(Object.fromEntries(choices.map(({ name }) => [name, null])));
  // In the order in which canonical JSON has them, which JSON.parse keeps.
  const order = Object.keys(JSON.parse(blank) as Record<string, null>);
  const known = new Map(choices.map(({ name, values }) => [name, values]));
  const texts = order.map((name) => ({
    name,
    of: new Map((known.get(name) ?? []).map((value) => [value, `${JSON.stringify(name)}:${JSON.stringify(value)}`])),
  }));
  const kept = new WeakMap<Architecture, string>();

  const compute = ({ choices: given }: Architecture): string => {
    let left = Object.keys(given).length;
    let text = '';
    for (const { name, of } of texts) {
      if (!Object.hasOwn(given, name)) continue;
      const part = of.get(given[name]);
      if (part === undefined) break;
      text += text === '' ? part : `,${part}`;
      left--;
    }
    // Anything that is not of the space: by the long way.
    return left === 0 ? sha256(`{${text}}`) : digestOf(given);
  };

  return (architecture) => {
    let id = kept.get(architecture);
    if (id === undefined) kept.set(architecture, (id = compute(architecture)));
    return id;
  };
}
