import Table from 'cli-table3';
import type { OperatorBeside, SideBySide } from '../benchmarks/profileSideBySide.js';

/** Rows of each table. */
const most = 12;

/** What a step's operators take alone and beside other workers, as text. */
export function describeSideBySide(found: SideBySide): string {
  const { workers, operators_ms, side_by_side_ms, mean_ms, side_by_side_mean_ms, operators, shapes } = found;
  const rows = (list: readonly OperatorBeside[], withShapes: boolean) => {
    const head = [
      'operator',
      ...(withShapes ? ['shapes'] : []),
      'count',
      'MB',
      'ms alone',
      `ms of ${workers}`,
      'times',
    ];
    const table = new Table({ head, style: { head: [], border: [] } });
    for (const { operator, shapes: own = '', count, mb, ms, side_by_side_ms: beside } of list.slice(0, most)) {
      const times = (beside / ms).toFixed(2);
      table.push([
        operator,
        ...(withShapes ? [own] : []),
        count,
        mb.toFixed(1),
        ms.toFixed(2),
        beside.toFixed(2),
        times,
      ]);
    }
    return table.toString();
  };
  return [
    `One worker: ${operators_ms.toFixed(1)} ms of operators in a step by their medians, ${mean_ms.toFixed(1)} on average with what interrupted them;`,
    `${workers} at once: ${side_by_side_ms.toFixed(1)} and ${side_by_side_mean_ms.toFixed(1)} each. Who loses most, by medians:`,
    rows(operators, false),
    'The same by shapes:',
    rows(shapes, true),
    'MB: operands and results, 10^6 bytes a step; what of it is near the core costs little.',
  ].join('\n');
}
