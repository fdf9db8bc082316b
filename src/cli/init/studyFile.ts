import { stringify } from 'yaml';

/** What the questions of `init` settle; everything else keeps its default and is named in the file. */
export interface StudyChoices {
  readonly data: string;
  readonly teacher: string | undefined;
  readonly space: string;
  readonly budgets: readonly string[];
  readonly trials: number;
  readonly epochs: number;
  readonly recipe: string | undefined;
}

/** A study file that says at every key what it does; keys that are rarely changed stand there as comments. */
export function studyFile(choices: StudyChoices): string {
  const { data, teacher, space, budgets, trials, epochs, recipe } = choices;
  return `# A study of nas-distill. Start it with: nas-distill search --study-file THIS-FILE
# Flags go on top of these settings. Every key: docs/study-file.md.

# The data set: a name from \`nas-distill data list\`, or the path of your own data.
data: ${scalar(data)}

# The model to learn from (\`nas-distill teacher list\`). Left out: the newest that was trained on this data.
${teacher === undefined ? '# teacher: my-teacher' : `teacher: ${scalar(teacher)}`}

# What students may look like: a name from \`nas-distill space list\`, or a YAML file of your own.
space: ${scalar(space)}

# Limits that every student keeps; an architecture beyond one is never trained.
# Size (8MB, 300KB), parameters (2Mparams), operations (30MMACs), working memory (512KB-memory), time (5ms).
budgets: ${flow(budgets)}

# How exported weights are stored, which decides their size: float32, float16 or int8.
# weights: float32

# How many architectures to try, and for how many epochs each is distilled.
trials: ${trials}
epochs: ${epochs}

# How students are trained (\`nas-distill recipes\`). Left out: kd, dist and cross entropy (recipe default).
${recipe === undefined ? '# recipe: dkd' : `recipe: ${scalar(recipe)}`}

# Examples that brief distillation uses; \`promote\` uses all.
# trainImages: 10000
# validationImages: 5000

# Which architecture to try next (docs/samplers.md), and whether weak ones are ended early.
# sampler: auto
# pruner: auto

# The same seed gives the same study; with several workers only if deterministic.
# seed: 1
# deterministic: false
`;
}

/** A text as YAML that reads back as that very text. */
function scalar(text: string): string {
  return stringify(text).trimEnd();
}

function flow(texts: readonly string[]): string {
  return `[${texts.map(scalar).join(', ')}]`;
}
