// How good fronts are, for the benches that compare searches: the hypervolume of accuracy and a cost in logarithms.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const load = (path) => import(join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', path));
const { dominates, front2d, hypervolume2d } = await load('core/pareto.js');
const { createRng } = await load('core/rng.js');
const { feasibilityProfile } = await load('spaces/feasibility/feasibilityProfile.js');

/** Errors that a front is measured from: those of guessing among ten classes, and of a student that is half right. */
export const corners = [0.9, 0.5];

/** From the smallest cost that the space has to one percent beyond the budget, or to the largest of the space. */
export function boxOf({ space, builder, budgets, cost }) {
  const profile = feasibilityProfile(space, builder.costs, budgets, createRng('box'));
  const { smallest, largest } = profile.costs[cost];
  return { low: smallest, high: 1.01 * (budgets.find(({ metric }) => metric === cost)?.limit ?? largest) };
}

/** Students `{ cost, accuracy }` as points to be minimised. */
const pointsOf = (students, { low, high }) =>
  students.map(({ cost, accuracy }) => [1 - accuracy, Math.log(cost / low) / Math.log(high / low)]);

/**
 * The share of the box from error 0 to `error` and from the smallest cost of the space to the budget (in logarithms) that the
 * students dominate.
 */
export function volumeOf(students, box, error) {
  return hypervolume2d(pointsOf(students, box), [error, 1]) / error;
}

/** Students that no other beats in both, cheapest first. */
export function frontOfStudents(students) {
  return front2d(students.map(({ cost, accuracy }) => [cost, -accuracy])).map((i) => students[i]);
}

/** How many of `theirs` some student of `ours` dominates. */
export function dominated(ours, theirs) {
  const point = ({ cost, accuracy }) => [1 - accuracy, cost];
  return theirs.filter((their) => ours.some((our) => dominates(point(our), point(their)))).length;
}

/** At most `count` of a list, evenly spread, the ends among them. */
export function spread(list, count) {
  if (list.length <= count) return list;
  return Array.from({ length: count }, (_, i) => list[Math.round((i * (list.length - 1)) / Math.max(1, count - 1))]);
}
