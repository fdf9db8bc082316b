import Table from 'cli-table3';
import type { OperatorTime, StepProfile } from '../engines/onnx/profileStep.js';

/** Rows of the table of operators with their shapes. */
const dearest = 12;

/** A training step's operators on the onnx engine as text: by operator, then the dearest by their shapes. */
export function describeStepProfile(profile: StepProfile): string {
  const rows = (list: readonly OperatorTime[], withShapes: boolean) => {
    const head = ['operator', ...(withShapes ? ['shapes'] : []), 'count', 'ms', 'share'];
    const table = new Table({ head, style: { head: [], border: [] } });
    for (const { operator, shapes = '', count, ms, share } of list) {
      table.push([operator, ...(withShapes ? [shapes] : []), count, ms.toFixed(2), `${(100 * share).toFixed(1)} %`]);
    }
    return table.toString();
  };
  return [
    `${profile.operators_ms.toFixed(1)} ms in ${profile.nodes} operators of a training step (lower quartile of each over the steps)`,
    rows(profile.operators, false),
    `The dearest by their shapes:`,
    rows(profile.shapes.slice(0, dearest), true),
  ].join('\n');
}
