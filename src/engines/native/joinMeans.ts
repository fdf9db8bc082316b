import { fusedKernels } from '../fusedLayers.js';
import { Calls } from './Calls.js';
import type { RecordedOperator } from './planOf.js';

/** The gradient of a mean over positions is added to another gradient without being written by itself. */
export function joinMeans(operators: readonly RecordedOperator[], results: readonly number[]): RecordedOperator[] {
  const calls = new Calls(operators, results);
  for (const mean of calls.named(fusedKernels.planeMeanGrad)) {
    const [dx] = mean.outputs;
    const [sum] = calls.onlyReaders(dx, 'Add', 'AddV2');
    const other = sum?.inputs.find((id) => id !== dx);
    if (sum === undefined || other === undefined) continue;
    calls.replace(mean);
    calls.replace(sum, {
      name: 'NasDistillAddPlaneMeanGrad',
      attributes: mean.attributes,
      inputs: [other, ...mean.inputs],
      outputs: sum.outputs,
    });
  }
  return calls.result();
}
