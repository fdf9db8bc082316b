import { existsSync, readdirSync } from 'node:fs';
import type { RootCommand } from '@bomb.sh/tab';
import tab from '@bomb.sh/tab/commander';
import { NasDistillError } from '../../core/errors.js';
import { catalogue } from '../../data/catalogue/index.js';
import { listRecipes } from '../../distillation/recipes/loadRecipe.js';
import { pruners } from '../../pruners/registry.js';
import { samplers } from '../../samplers/registry.js';
import { listSpaces } from '../../spaces/loadSpace.js';
import { openStore } from '../../store/openStore.js';
import { resultPaths } from '../paths.js';
import type { RegisterCommand } from './Command.js';

/**
 * `nas-distill completion bash|zsh|fish|powershell`: the script for a shell. While a line is typed that script asks
 * `nas-distill complete -- WORDS`, which help does not show. To be registered last: it describes the commands before it.
 */
export const registerCompletion: RegisterCommand = (program) => {
  const completion = tab(program, { completionCommandName: 'completion' });
  program.commands
    .find((command) => command.name() === 'completion')
    ?.hook('preAction', (_, { args: [shell] }) => {
      if (shell === 'bash') process.stdout.write(withoutBashCompletion);
    })
    .description('Print the script that lets Tab complete commands, flags and names in your shell')
    .addHelpText(
      'after',
      `
Examples:
  $ source <(nas-distill completion bash)      # put it into ~/.bashrc
  $ source <(nas-distill completion zsh)       # put it into ~/.zshrc
  $ nas-distill completion fish > ~/.config/fish/completions/nas-distill.fish`,
    );
  suggestValues(completion);
};

/** The script for bash asks a function of the bash-completion package, which not every system has. */
const withoutBashCompletion = `declare -F _get_comp_words_by_ref >/dev/null || _get_comp_words_by_ref() {
    words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=\${COMP_WORDS[COMP_CWORD]}; prev=\${COMP_WORDS[COMP_CWORD-1]}
}
`;

/** Names that depend on where the command line is typed, by the flag or argument that takes them. */
const values: Readonly<Record<string, () => readonly string[]>> = {
  study: studies,
  resume: studies,
  'warm-start': studies,
  space: () => listSpaces(),
  sampler: () => ['auto', ...Object.keys(samplers)],
  pruner: () => ['auto', ...Object.keys(pruners)],
  recipe: () => listRecipes(),
  data: () => Object.keys(catalogue),
  teacher: teachers,
};

/** Arguments whose name does not say what they take, by command. */
const places: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'data fetch': { name: 'data' },
  'data show': { 'name-or-path': 'data' },
  'teacher show': { name: 'teacher' },
  'teacher eval': { name: 'teacher' },
};

function suggestValues(completion: RootCommand): void {
  for (const command of completion.commands.values()) {
    for (const [name, argument] of command.arguments) {
      const known = values[places[command.value]?.[name] ?? name];
      if (known !== undefined) argument.handler = (complete) => known().forEach((value) => complete(value, ''));
    }
    for (const [name, option] of command.options) {
      const known = values[name];
      if (known !== undefined && option.isBoolean !== true) {
        option.handler = (complete) => known().forEach((value) => complete(value, ''));
      }
    }
  }
}

const { database, teachers: teachersDir } = resultPaths(process.env.NAS_DISTILL_RESULTS ?? 'results');

/** No suggestion where the studies cannot be read: whoever presses Tab wants no message; the command will give it. */
function studies(): string[] {
  if (!existsSync(database)) return [];
  try {
    const store = openStore(database, { readonly: true });
    try {
      return store.studies().map((study) => study.name);
    } finally {
      store.close();
    }
  } catch (error) {
    if (error instanceof NasDistillError) return [];
    throw error;
  }
}

function teachers(): string[] {
  return existsSync(teachersDir) ? readdirSync(teachersDir) : [];
}
