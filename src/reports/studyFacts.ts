import { z } from 'zod';
import { isCostName, type Budget, type CostName } from '../costs/CostModel.js';
import type { StudyRecord } from '../store/types.js';
import type { ReportTeacher } from './ReportData.js';

/** Latencies too, where the study aims at devices. */
const costs = z
  .object({ bytes: z.number(), params: z.number(), macs: z.number(), memory: z.number() })
  .catchall(z.number());
const teacherFacts = z.object({ name: z.string(), family: z.string(), accuracy: z.number(), costs });
const budgetList = z.array(
  z.object({
    metric: z.custom<CostName>((name) => typeof name === 'string' && isCostName(name)),
    limit: z.number(),
    text: z.string(),
  }),
);

/** The teacher that the study was opened with; null where the study holds none (yet). */
export function teacherOf(study: StudyRecord): ReportTeacher | null {
  const parsed = teacherFacts.safeParse(study.facts.teacher);
  return parsed.success ? parsed.data : null;
}

/** The study's budgets, from its settings (`budgets`) or its facts. */
export function budgetsOf(study: StudyRecord): readonly Budget[] {
  for (const source of [study.settings.budgets, study.settings.budget, study.facts.budgets]) {
    const parsed = budgetList.safeParse(source);
    if (parsed.success) return parsed.data;
  }
  return [];
}

/** The cost that the study minimises beside the accuracy; older studies minimise that of their first budget. */
export function objectiveOf(study: StudyRecord): CostName {
  const { costObjective } = study.facts;
  if (typeof costObjective === 'string' && isCostName(costObjective)) return costObjective;
  return budgetsOf(study)[0]?.metric ?? 'bytes';
}

/** All costs that the study minimises beside the accuracy; the first is `objectiveOf`. */
export function objectivesOf(study: StudyRecord): readonly CostName[] {
  const several = z.array(z.custom<CostName>((name) => typeof name === 'string' && isCostName(name))).min(1);
  const parsed = several.safeParse(study.facts.objectives);
  return parsed.success ? parsed.data : [objectiveOf(study)];
}

/** Settings and facts worth a line in the header. A nested object is named by its `name`, `id` or `engine`. */
const lines: readonly (readonly [label: string, keys: readonly string[]])[] = [
  ['Data', ['data', 'dataset']],
  ['Search space', ['space']],
  ['Sampler', ['sampler']],
  ['Pruner', ['pruner']],
  ['Engine', ['engine']],
  ['Weights', ['weights']],
  ['Epochs', ['epochs']],
  ['Workers', ['workers']],
  ['Seed', ['seed']],
];

const coverage = z.object({ confidence: z.number(), warnings: z.array(z.string()) });

/** What was found wrong with the teacher on the student's data, a line each. */
export function coverageWarnings(study: StudyRecord): readonly string[] {
  const parsed = coverage.safeParse(study.facts.coverage);
  return parsed.success ? parsed.data.warnings : [];
}

/** How well the teacher knows the student's data, as it was found before the search; nothing for an older study. */
function coverageLine(study: StudyRecord): (readonly [string, string])[] {
  const parsed = coverage.safeParse(study.facts.coverage);
  if (!parsed.success) return [];
  const { confidence, warnings } = parsed.data;
  const sure = `mean confidence ${(100 * confidence).toFixed(1)} %`;
  return [['Teacher on this data', warnings.length === 0 ? `covers it, ${sure}` : `warning: ${warnings.join('; ')}`]];
}

/** Label and value of every setting that the study holds, in the order in which the header shows them. */
export function factLines(study: StudyRecord): (readonly [string, string])[] {
  return [...settingLines(study), ...coverageLine(study)];
}

function settingLines(study: StudyRecord): (readonly [string, string])[] {
  return lines.flatMap(([label, keys]) => {
    for (const source of [study.settings, study.facts]) {
      for (const key of keys) {
        const text = asText(source[key]);
        if (text !== undefined) return [[label, text] as const];
      }
    }
    return [];
  });
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    if (['name', 'id', 'engine'].includes(key) && typeof inner === 'string') return inner;
  }
  return undefined;
}
