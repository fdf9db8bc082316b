import { NasDistillError } from '../../core/errors.js';
import type { ForeignGraph } from '../../engines/foreign/ForeignGraph.js';
import type { GraphParts } from '../TeacherRecord.js';

/** Graphs with more values than this are tapped by name only: all of their values at once would fill the memory. */
const mostValues = 2000;

/**
 * The values of a graph that may be tapped, by tap name: those that were named, else all but the output.
 * @throws NasDistillError TEACHER for a value that the graph does not have
 */
export function tappedValues(
  where: string,
  model: ForeignGraph,
  asked: Readonly<Record<string, string>> | undefined,
  output: string,
): Record<string, string> {
  const known = new Set(model.values.map(({ name }) => name));
  if (asked !== undefined) {
    for (const [tap, value] of Object.entries(asked)) {
      if (known.has(value)) continue;
      throw new NasDistillError('TEACHER', `${where}: tap ${tap}: the graph has no value "${value}"`, {
        hint: `Import it without --taps: nas-distill teacher show NAME lists them. The last: ${[...known].slice(-5).join(', ')}.`,
      });
    }
    return { ...asked };
  }
  if (known.size > mostValues) return {};
  return Object.fromEntries([...known].filter((name) => name !== output).map((name) => [name, name]));
}

/**
 * The taps that can be handed out, with their shapes, of what the graph answered to `rows` samples.
 * @param how.turned [C, H, W] becomes [H, W, C]
 * @param how.named the user asked for each of them, so that one that cannot be tapped is an error
 * @throws NasDistillError TEACHER naming the tap and what its value is
 */
export function tapsOf(
  where: string,
  model: ForeignGraph,
  values: Readonly<Record<string, string>>,
  found: Readonly<Record<string, { shape: readonly number[] } | undefined>>,
  { rows, turned, named }: { rows: number; turned: boolean; named: boolean },
): GraphParts['taps'] {
  const op = new Map(model.values.map(({ name, op: kind }) => [name, kind]));
  const taps: GraphParts['taps'] = {};
  for (const [tap, value] of Object.entries(values)) {
    const shape = found[value]?.shape;
    // [samples] alone has no feature; what is no float32 was left out by the runtime.
    if (shape === undefined || shape[0] !== rows || shape.length < 2 || shape.length > 4 || shape.includes(0)) {
      if (!named) continue;
      const is = shape === undefined ? 'not float32' : `[${shape.join(', ')}]`;
      throw new NasDistillError('TEACHER', `${where}: tap ${tap}: value ${value} is ${is}, [samples, ...] is needed`);
    }
    const one = shape.slice(1);
    // Attention maps [heads, T, T] have four axes too, and come out of a softmax.
    const transposed = one.length === 3 && turned && op.get(value) !== 'Softmax';
    taps[tap] = { value, shape: transposed ? [one[1], one[2], one[0]] : one, transposed };
  }
  return taps;
}
