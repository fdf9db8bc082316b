import { closest } from '../core/closest.js';
import { NasDistillError } from '../core/errors.js';
import { costNames, type CountedCost } from '../costs/CostModel.js';

/** A cost that a study minimises, as it was asked for: `device` undefined means the study's only one. */
export type AskedObjective =
  { readonly metric: CountedCost } | { readonly metric: 'latency'; readonly device: string | undefined };

/** Accuracy and so many costs: the hypervolume of more is neither quick nor a picture. */
const mostCosts = 3;
const directions = ['maximize', 'minimize'] as const;

/**
 * Reads what is minimised beside the accuracy: names of costs, one by one or with commas between them; a latency with its
 * device (`latency@phone`, `latency:phone`) where there are several. `accuracy` may be named, too, and each may carry the
 * direction that it has (`accuracy=maximize`).
 * @throws NasDistillError CONFIG for what is no cost, is given twice, or goes against itself
 */
export function parseObjectives(given: string | readonly string[]): AskedObjective[] {
  const words = [given].flat().flatMap((text) => text.split(','));
  const seen = new Map<string, string>();
  const asked = words.flatMap((word): AskedObjective[] => {
    const text = word.trim();
    const [, name = '', direction] = /^([^=]*?)\s*(?:=\s*(\S*))?$/.exec(text) ?? [];
    const key = name.replace('@', ':');
    if (direction !== undefined && !directions.some((known) => known === direction)) {
      throw refuse(
        `objective "${text}": ${direction} is no direction`,
        `Write ${name}=maximize or ${name}=minimize, or ${name} alone.`,
      );
    }
    const natural = name === 'accuracy' ? 'maximize' : 'minimize';
    const earlier = seen.get(key);
    const now = direction ?? natural;
    if (earlier !== undefined && earlier !== now) {
      throw refuse(
        `objectives contradict each other: ${name} cannot be maximised and minimised at once`,
        'Give it once.',
      );
    }
    if (earlier !== undefined) throw refuse(`objective "${name}" is given twice`, 'Give each once.');
    seen.set(key, now);
    const known = parseName(key);
    if (known === undefined && name !== 'accuracy') throw unknown(name);
    if (now !== natural) {
      throw refuse(
        `objective "${text}" cannot be: ${name} is ${natural === 'maximize' ? 'maximised' : 'minimised'}`,
        `Write ${name}.`,
      );
    }
    return known === undefined ? [] : [known];
  });
  if (asked.length === 0) throw refuse('the only objective is accuracy', 'Name a cost beside it, such as bytes.');
  if (asked.length > mostCosts) {
    throw refuse(
      `${asked.length} costs are more objectives than a search can weigh`,
      `Name ${mostCosts} at most; limit the others by --budget.`,
    );
  }
  return asked;
}

function parseName(name: string): AskedObjective | undefined {
  const counted = costNames.find((known) => known === name);
  if (counted !== undefined) return { metric: counted };
  if (name === 'latency') return { metric: 'latency', device: undefined };
  const device = /^latency:(.+)$/.exec(name)?.[1];
  return device === undefined ? undefined : { metric: 'latency', device };
}

function unknown(name: string): NasDistillError {
  const all = [...costNames, 'latency'];
  const near = closest(name, all);
  return refuse(
    `objective "${name}" is none of the study's costs`,
    `${near === undefined ? '' : `Did you mean ${near}? `}They are: ${all.join(', ')}, latency@DEVICE.`,
  );
}

function refuse(message: string, hint: string): NasDistillError {
  return new NasDistillError('CONFIG', message, { hint });
}
