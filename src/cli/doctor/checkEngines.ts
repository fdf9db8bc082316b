import { diagnose, type Diagnosis } from '../../engines/check/diagnose.js';
import { engineNames } from '../../engines/Engine.js';
import type { Finding } from './Check.js';

/** Trains a few steps with every installed engine and compares with the reference, as `engine doctor` does. */
export async function checkEngines(): Promise<Finding[]> {
  const findings: Finding[] = [];
  // One after the other: side by side they would take the cores from each other.
  for (const name of engineNames) findings.push(...describe(await diagnose(name)));
  return findings;
}

/** The default engines come with the package, so one that is missing is a fault; the others are asked for. */
function describe({ engine, here, version, stepMs, problems }: Diagnosis): Finding[] {
  const what = `engine ${engine}`;
  if (!here && engine !== 'onnx' && engine !== 'wasm') {
    return [{ state: 'ok', what, found: `not here; it needs: ${problems[0].fix}` }];
  }
  if (problems.length > 0) {
    return problems.map(({ problem, fix }) => ({ state: 'fault', what, found: problem, hint: fix }));
  }
  const step = stepMs === undefined ? '' : `, a small step in ${stepMs.toFixed(1)} ms`;
  return [{ state: 'ok', what, found: `${version ?? ''}: trains as the reference does${step}` }];
}
