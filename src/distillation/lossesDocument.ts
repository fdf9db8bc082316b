import { describeRegistry, type Described } from './describeRegistry.js';
import { losses } from './losses/registry.js';
import { optimisers } from './optimisers/registry.js';
import { schedules } from './schedules/registry.js';
import { weightings } from './weighting/registry.js';

/** docs/losses.md, made of the registries: what a recipe may name. */
export function lossesDocument(): string {
  return (
    [
      '# Losses, weightings, optimisers, schedules',
      '<!-- Made from the registries by scripts/lossesDocument.mjs: do not edit. -->',
      'Everything that a [recipe](recipes.md) may name, with its parameters and their defaults; the same as JSON:\n`nas-distill losses --json`.',
      ...section('Losses', describeRegistry(losses)),
      ...section('Weightings', describeRegistry(weightings)),
      ...section('Optimisers', describeRegistry(optimisers)),
      ...section('Learning-rate schedules', describeRegistry(schedules)),
    ].join('\n\n') + '\n'
  );
}

function section(title: string, entries: readonly Described[]): string[] {
  return [`## ${title}`, ...entries.flatMap(entry)];
}

function entry({ name, summary, paper, parameters }: Described): string[] {
  const source = paper === '-' || paper === 'none' ? '' : ` (${paper})`;
  const listed = parameters.map(
    (p) =>
      `- \`${p.name}\` (${p.type}; ${p.default === undefined ? 'needed' : `default \`${JSON.stringify(p.default)}\``}): ${p.description}`,
  );
  return [
    `### \`${name}\``,
    `${summary[0].toUpperCase()}${summary.slice(1)}${source}.`,
    ...(listed.length > 0 ? [listed.join('\n')] : []),
  ];
}
