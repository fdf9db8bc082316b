import type { PageTrial } from './PageData.js';
import type { Report } from './Report.js';
import { shellWord } from './shellWord.js';
import { toYaml } from './yaml.js';

/** The trial's architecture as `search --enqueue FILE` reads it. */
export function architectureYaml(trial: PageTrial, report: Report): string {
  const { choices } = report.data;
  const own = Object.fromEntries(
    choices.flatMap(({ name, json }, i) =>
      // Written by the report itself, from a choice's value.
      trial.choices[i] < 0 ? [] : [[name, JSON.parse(json[trial.choices[i]]) as unknown] as const],
    ),
  );
  return `# trial ${trial.number} of study ${oneLine(report.studyOf(trial).name)}\n${toYaml({ choices: own })}\n`;
}

/** Settings that say how a trial was trained. */
const recipeKeys = [
  'epochs',
  'recipe',
  'losses',
  'learningRate',
  'batchSize',
  'weightDecay',
  'clipNorm',
  'labelSmoothing',
  'augmentation',
  'trainImages',
  'validationImages',
  'weights',
  'seed',
];

export function recipeYaml(trial: PageTrial, report: Report): string {
  const { settings } = report.studyOf(trial);
  return toYaml(Object.fromEntries(recipeKeys.map((key) => [key, settings[key]])));
}

/** The commands that act on a trial, each with what it is for. */
export function commandsOf(trial: PageTrial, report: Report): (readonly [purpose: string, command: string])[] {
  const { name, settings } = report.studyOf(trial);
  const study = shellWord(name);
  const file = `trial-${trial.number}.yaml`;
  const budgets = Array.isArray(settings.budgets) ? settings.budgets : [];
  const flag = (key: string, name: string) => {
    const value = settings[key];
    return typeof value === 'string' || typeof value === 'number' ? [`--${name} ${shellWord(String(value))}`] : [];
  };
  const again = [
    'nas-distill search',
    ...budgets.map((text) => `--budget ${shellWord(String(text))}`),
    ...flag('space', 'space'),
    ...flag('data', 'data'),
    ...flag('teacher', 'teacher'),
    ...flag('weights', 'weights'),
    ...flag('epochs', 'epochs'),
    ...flag('recipe', 'recipe'),
    ...flag('trainImages', 'train-images'),
    ...flag('validationImages', 'validation-images'),
    ...flag('seed', 'seed'),
    `--study ${shellWord(`${name}-again`)} --enqueue ${file} --trials 1`,
  ].join(' ');
  const promotable = trial.state === 'COMPLETE' && trial.origin !== 'baseline';
  return [
    ...(promotable ? [['Distil it in full, export and verify it', promoteCommand(trial, report)] as const] : []),
    ['Show it in the terminal', `nas-distill show ${study} ${trial.number}`],
    ...(trial.origin === 'baseline'
      ? []
      : [[`Train it again: save the architecture below as ${file}`, again] as const]),
  ];
}

export function promoteCommand(trial: PageTrial, report: Report): string {
  return `nas-distill promote ${shellWord(report.studyOf(trial).name)} --trial ${trial.number}`;
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u0085\u2028\u2029]+/g, ' ');
}
