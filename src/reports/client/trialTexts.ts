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

/** Settings that say nothing of how one trial is trained. */
const searchKeys = [
  'name',
  'trials',
  'timeMs',
  'workers',
  'warmStart',
  'sampler',
  'samplerOptions',
  'pruner',
  'prunerOptions',
  'proxy',
  'proxyOptions',
  'inherit',
  'inheritControl',
  'inheritLimit',
  'checkpointLimit',
  'baselineWidths',
  'confirm',
];

/** A study's name may be this long. */
const longestName = 64;

/** A command that acts on a trial. */
export interface TrialCommand {
  readonly purpose: string;
  readonly command: string;
  /** Several lines, to be pasted into a shell as they are. */
  readonly script?: boolean;
}

/** The commands that act on a trial; they name results as `nas-distill` does in the directory of `results/`. */
export function commandsOf(trial: PageTrial, report: Report): TrialCommand[] {
  const study = shellWord(report.studyOf(trial).name);
  const promotable = trial.state === 'COMPLETE' && trial.origin !== 'baseline';
  return [
    ...(promotable
      ? [{ purpose: 'Distil it in full, export and verify it', command: promoteCommand(trial, report) }]
      : []),
    { purpose: 'Show it in the terminal', command: `nas-distill show ${study} ${trial.number}` },
    ...(trial.origin === 'baseline'
      ? []
      : [
          {
            purpose: 'Train it again, alone, with the same settings (writes two files)',
            command: againScript(trial, report),
            script: true,
          },
        ]),
  ];
}

/** A study of this one trial: its settings and its architecture as files, and the search that reads them. */
function againScript(trial: PageTrial, report: Report): string {
  const { name, settings } = report.studyOf(trial);
  const kept = Object.entries(settings).filter(([key]) => !searchKeys.includes(key));
  const again = `${name.slice(0, longestName - 6)}-again`;
  const study = toYaml({
    name: again,
    ...Object.fromEntries(kept),
    sampler: 'random',
    pruner: 'none',
    trials: 1,
    workers: 1,
    baselineWidths: [],
  });
  const [studyFile, trialFile] = ['study-again.yaml', `trial-${trial.number}.yaml`];
  return [
    `cat > ${studyFile} <<'END'`,
    study,
    'END',
    `cat > ${trialFile} <<'END'`,
    architectureYaml(trial, report).trimEnd(),
    'END',
    `nas-distill search --study-file ${studyFile} --enqueue ${trialFile}`,
  ].join('\n');
}

export function promoteCommand(trial: PageTrial, report: Report): string {
  return `nas-distill promote ${shellWord(report.studyOf(trial).name)} --trial ${trial.number}`;
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u0085\u2028\u2029]+/g, ' ');
}
