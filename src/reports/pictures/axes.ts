import { scaleLinear, scaleLog } from 'd3-scale';
import type { CostName } from '../../costs/CostModel.js';
import { formatCost } from '../../costs/registry.js';
import { costOf } from './values.js';
import { accuracyOf } from '../../store/accuracies.js';
import type { PictureStudy } from './PictureStudy.js';

/** Inner area of a picture, in pixels. */
export interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

export interface Axes {
  readonly area: Area;
  /** Pixels of a cost; undefined for one that a logarithm has no place for. */
  x(cost: number): number;
  /** Pixels of an accuracy in 0..1. */
  y(accuracy: number): number;
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
}

/** A logarithmic cost axis and a linear accuracy axis that hold all students and teachers, with a margin. */
export function axesOf(studies: readonly PictureStudy[], cost: CostName, area: Area): Axes {
  const trials = studies.flatMap((study) => study.trials);
  const costs = trials.map((trial) => costOf(trial, cost)).filter((value) => value > 0);
  const teachers = studies.flatMap(({ teacher }) => (teacher === null ? [] : [teacher.accuracy]));
  const accuracies = [...trials.map(accuracyOf), ...teachers];
  const [from, to] = [Math.min(...costs), Math.max(...costs)];
  const [low, high] = [Math.min(...accuracies), Math.max(...accuracies)];
  const room = Math.max(high - low, 0.01) * 0.06;
  const x = scaleLog([from / 1.25, to * 1.25], [area.left, area.right]);
  const y = scaleLinear([Math.max(0, low - room), Math.min(1, high + room)], [area.bottom, area.top]).nice();
  return {
    area,
    x,
    y,
    xTicks: costTicks(x.domain(), cost).map((value) => ({
      at: x(value),
      label: formatCost(cost, value).replace(/\.0+ /, ' '),
    })),
    yTicks: y.ticks(7).map((value) => ({ at: y(value), label: `${Number((100 * value).toFixed(2))} %` })),
  };
}

/** Round costs (1, 2 or 5 times a power of ten), few enough to be read beside each other. */
function costTicks([from, to]: readonly number[], cost: CostName): number[] {
  const decades = Array.from({ length: 30 }, (_, i) => 10 ** (i - 6));
  for (const steps of [[1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]]) {
    const ticks = decades.flatMap((decade) => steps.map((step) => step * decade)).filter((t) => t >= from && t <= to);
    const labels = new Set(ticks.map((value) => formatCost(cost, value)));
    if (ticks.length <= 7 && labels.size === ticks.length) return ticks;
  }
  return [from, to];
}
