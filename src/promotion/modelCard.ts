import { formatMilliseconds } from '../core/units.js';
import { formatCost } from '../costs/registry.js';
import { exported } from './exported.js';
import type { LatencyFacts, PromotionFacts } from './promotionFacts.js';
import { usage } from './usage.js';

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

/** The text that goes with an exported student: what it is, how it was made, how to feed it, how good it is. */
export function modelCard(facts: PromotionFacts): string {
  const { study, trial, student, teacher, accuracy, data, recipe, versions } = facts;
  const { costs, weights } = student;
  const alone =
    accuracy.alone === null ? '' : `| the same student without the teacher | ${percent(accuracy.alone)} |\n`;
  const earlier = facts.testEvaluated.earlier;
  return `# Student of ${teacher.name}

Trial ${trial} of study ${study}, distilled for ${recipe.epochs} epochs (seed ${recipe.seed}) by nas-distill ${versions['nas-distill']}
(${versions.engine}, Node ${versions.node}). All facts, as data: ${exported.facts}.

| model | test accuracy |
| --- | --- |
| student${weights === 'float32' ? '' : ` (${weights} weights)`} | ${percent(accuracy.student)} |
${alone}| teacher ${teacher.name} (${teacher.family}) | ${percent(accuracy.teacher)} |

Evaluated once on the ${data.name} test split (${data.images.test} ${data.samples})${earlier === null ? '' : `, on ${earlier.slice(0, 10)}`}. Data digest ${data.digest.slice(0, 16)}, teacher
digest ${teacher.digest.slice(0, 16)}.

- student: ${formatCost('bytes', costs.bytes)} of ${weights} weights, ${formatCost('params', costs.params)} values, ${formatCost('macs', costs.macs)}, ${formatCost('memory', costs.memory)} of activations
- teacher: ${formatCost('params', teacher.params)} values, ${teacher.macs === null ? 'MACs not known (imported)' : formatCost('macs', teacher.macs)}
${latencyLines(facts.latency)
  .map((line) => `- ${line}`)
  .join('\n')}
${data.input.description.map((line) => `- ${line}`).join('\n')}
- output \`logits\`: [N, ${data.classes.length}], in this order: ${data.classes.join(', ')}
${roundingLine(facts)}
## Choices

${Object.entries(student.choices)
  .map(([name, value]) => `- ${name}: ${String(value)}`)
  .join('\n')}

## Use

${usage('.', student.customLayers, data.input)
  .map((line) => `    ${line}`)
  .join('\n')}

## Files

| file | bytes | SHA-256 |
| --- | --- | --- |
${Object.entries(facts.files)
  .map(([name, { bytes, sha256 }]) => `| ${name} | ${bytes} | ${sha256} |`)
  .join('\n')}

## Again

${facts.reproduce.map((line) => `    ${line}`).join('\n')}
`;
}

/** Measured and predicted side by side. */
export function latencyLines({ measured, predicted, machine, threads, batch }: LatencyFacts): string[] {
  const { median, p95, disturbed } = measured;
  const how = `${exported.onnx} in ${machine.runtime} on ${machine.cpu}, ${threads === 1 ? 'one thread' : `${threads} threads`}, batch ${batch}`;
  const flag = disturbed ? '; other work on the machine disturbed that, in spite of repeats' : '';
  return [
    `latency: ${formatMilliseconds(median)} (95th percentile ${formatMilliseconds(p95)}), measured: ${how}${flag}`,
    ...predicted.map(
      ({ device, ms, here }) =>
        `latency on ${device}: ${formatMilliseconds(ms)}, predicted${here ? ' for this machine' : ''}`,
    ),
  ];
}

function roundingLine({ verification: { rounding }, student, data }: PromotionFacts): string {
  if (rounding === null) return '';
  const { agreement, images, accuracy } = rounding;
  return `- ${student.weights} against the trained float32 weights, ${images} validation ${data.samples}: ${percent(agreement)} keep their class, accuracy ${percent(accuracy.stored)} (float32 ${percent(accuracy.float32)})\n`;
}
