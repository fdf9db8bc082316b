import { joinMeans } from './joinMeans.js';
import { joinNorms } from './joinNorms.js';
import { joinPools } from './joinPools.js';
import { joinScales } from './joinScales.js';
import type { OpAttribute, PlanDescription } from './TensorflowBackend.js';

/** A call of a TensorFlow operator; tensors by their numbers, which are never used twice. */
export interface RecordedOperator {
  readonly name: string;
  readonly attributes: readonly OpAttribute[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** The plan of a recorded list: without what no output needs, with equal calls made once, and with norms joined to their neighbours. */
export function planOf(
  inputs: readonly number[],
  operators: readonly RecordedOperator[],
  outputs: readonly number[],
): PlanDescription {
  const { distinct, same } = withoutRepeats(operators);
  const results = outputs.map((id) => same.get(id) ?? id);
  const joins = [joinMeans, joinScales, joinPools, joinNorms];
  const needed = joins.reduce((list, join) => join(list, results), needing(distinct, results));
  const made = new Set(needed.flatMap((operator) => operator.outputs));
  const place = new Map(inputs.map((id, i) => [id, i]));
  const constants: number[] = [];
  for (const id of [...needed.flatMap((operator) => operator.inputs), ...results]) {
    if (made.has(id) || place.has(id)) continue;
    place.set(id, inputs.length + constants.length);
    constants.push(id);
  }
  const first = inputs.length + constants.length;
  [...made].forEach((id, i) => place.set(id, first + i));
  const at = (id: number): number => place.get(id) ?? unplaced(id);
  const lastReader = new Map<number, number>();
  needed.forEach((operator, i) => {
    for (const id of [...operator.outputs, ...operator.inputs]) if (made.has(id)) lastReader.set(id, i);
  });
  for (const id of results) lastReader.delete(id);
  const released = needed.map((): number[] => []);
  for (const [id, i] of lastReader) released[i].push(at(id));
  return {
    operators: needed.map(({ name, attributes, inputs: read, outputs: written }, i) => ({
      name,
      attributes,
      inputs: read.map(at),
      outputs: written.map(at),
      released: released[i],
    })),
    places: first + made.size,
    inputs: inputs.length,
    constants,
    outputs: results.map(at),
  };
}

/** Every operator is a pure function: of two calls with the same attributes and inputs, the second one's results are the first's. */
function withoutRepeats(operators: readonly RecordedOperator[]) {
  const same = new Map<number, number>();
  const known = new Map<string, readonly number[]>();
  const distinct: RecordedOperator[] = [];
  for (const operator of operators) {
    const inputs = operator.inputs.map((id) => same.get(id) ?? id);
    const key = JSON.stringify([operator.name, operator.attributes, inputs]);
    const former = known.get(key);
    if (former !== undefined) {
      operator.outputs.forEach((id, i) => same.set(id, former[i]));
      continue;
    }
    known.set(key, operator.outputs);
    distinct.push({ ...operator, inputs });
  }
  return { distinct, same };
}

function needing(operators: readonly RecordedOperator[], results: readonly number[]): RecordedOperator[] {
  const wanted = new Set(results);
  const needed: RecordedOperator[] = [];
  for (const operator of operators.toReversed()) {
    if (!operator.outputs.some((id) => wanted.has(id))) continue;
    for (const id of operator.inputs) wanted.add(id);
    needed.push(operator);
  }
  return needed.reverse();
}

function unplaced(id: number): never {
  throw new Error(`tensor ${id} has no place in the plan`);
}
