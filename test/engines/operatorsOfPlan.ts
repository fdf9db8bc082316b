import { tensorflow, type PlanDescription } from '../../src/engines/native/TensorflowBackend.js';

/** The operators of our own, without their prefix, in the plans that engine native makes while this runs. */
export async function operatorsOfPlan(run: () => Promise<void>): Promise<Set<string>> {
  const { binding } = tensorflow();
  const given = binding.createPlan.bind(binding);
  const names: string[] = [];
  const listening = (description: PlanDescription) => {
    names.push(...description.operators.map(({ name }) => name));
    return given(description);
  };
  Reflect.set(binding, 'createPlan', listening);
  try {
    await run();
  } finally {
    Reflect.set(binding, 'createPlan', given);
  }
  return new Set(names.filter((name) => name.startsWith('NasDistill')).map((name) => name.slice('NasDistill'.length)));
}
