import Table from 'cli-table3';
import type { LayerTime } from '../engines/onnx/layerTimes.js';
import type { OperatorTime, StepProfile } from '../engines/onnx/profileStep.js';

/** Rows of the tables of layers and of operators with their shapes. */
const dearest = 12;

/** A training step's operators on the onnx engine as text: by operator, then the dearest by their shapes. */
export function describeStepProfile(profile: StepProfile): string {
  const rows = (list: readonly OperatorTime[], withShapes: boolean) => {
    const head = ['operator', ...(withShapes ? ['shapes'] : []), 'count', 'MB', 'ms', 'share'];
    const table = new Table({ head, style: { head: [], border: [] } });
    for (const { operator, shapes = '', count, mb, ms, share } of list) {
      table.push([
        operator,
        ...(withShapes ? [shapes] : []),
        count,
        mb.toFixed(1),
        ms.toFixed(2),
        `${(100 * share).toFixed(1)} %`,
      ]);
    }
    return table.toString();
  };
  return [
    `${profile.operators_ms.toFixed(1)} ms in ${profile.nodes} operators of a training step (lower quartile of each over the steps)`,
    rows(profile.operators, false),
    `The dearest by their shapes:`,
    rows(profile.shapes.slice(0, dearest), true),
    layersTable(profile.layers),
  ].join('\n');
}

/** What is in brackets is part of the step but no layer; the runtime's own operators change the order of axes. */
function layersTable(layers: readonly LayerTime[]): string {
  const table = new Table({ head: ['layer', 'forward ms', 'backward ms', 'share'], style: { head: [], border: [] } });
  for (const { layer, forward_ms, backward_ms, share } of layers.slice(0, dearest)) {
    table.push([layer, forward_ms.toFixed(2), backward_ms.toFixed(2), `${(100 * share).toFixed(1)} %`]);
  }
  const rest = layers.length > dearest ? `, and ${layers.length - dearest} more` : '';
  return `By layer, dearest first${rest}:\n${table.toString()}`;
}
