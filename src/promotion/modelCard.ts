import type { Dataset, Normalisation } from '../data/Dataset.js';
import { formatCost } from '../costs/registry.js';
import type { Trial } from '../store/types.js';
import { version } from '../core/version.js';
import type { Promotion } from './promoteTrial.js';

/** The text that goes with an exported student: what it is, how it was made, how to feed it, how good it is. */
export function modelCard(facts: {
  study: string;
  trial: Trial;
  dataset: Dataset;
  normalisation: Normalisation;
  teacher: { name: string; family: string; digest: string; test: number };
  promotion: Promotion;
  epochs: number;
  seed: number;
}): string {
  const { study, trial, dataset, normalisation, teacher, promotion, epochs, seed } = facts;
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const alone =
    promotion.alone === null ? '' : `| the same student without the teacher | ${percent(promotion.alone)} |\n`;
  return `# Student of ${teacher.name}

Trial ${trial.number} of study ${study}, distilled for ${epochs} epochs (seed ${seed}) by nas-distill ${version}.

| model | test accuracy |
| --- | --- |
| student | ${percent(promotion.student)} |
${alone}| teacher ${teacher.name} (${teacher.family}) | ${percent(teacher.test)} |

Evaluated once on the ${dataset.name} test split (data digest ${dataset.digest.slice(0, 16)}, teacher digest ${teacher.digest.slice(0, 16)}).

- size: ${formatCost('bytes', trial.costs.bytes)} of weights, ${formatCost('params', trial.costs.params)} values, ${formatCost('macs', trial.costs.macs)}
- input \`image\`: float32 [N, ${dataset.shape.join(', ')}], NHWC, pixels / 255, then (x - mean) / std for each channel
- mean: ${normalisation.mean.join(', ')}; std: ${normalisation.std.join(', ')}
- output \`logits\`: [N, ${dataset.classes.length}], in this order: ${dataset.classes.join(', ')}

## Choices

${Object.entries(trial.architecture.choices)
  .map(([name, value]) => `- ${name}: ${String(value)}`)
  .join('\n')}

## Use

Python: \`onnxruntime.InferenceSession("model.onnx").run(["logits"], {"image": images})\`

JavaScript: \`import 'nas-distill/layers'\`, then \`tf.loadLayersModel('.../model.json')\`.
`;
}
