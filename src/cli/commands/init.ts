import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { atomicWrite } from '../../core/atomicWrite.js';
import { closest } from '../../core/closest.js';
import { NasDistillError } from '../../core/errors.js';
import { parseBudgets } from '../../costs/budgets.js';
import { catalogue } from '../../data/catalogue/index.js';
import { listRecipes, loadRecipe } from '../../distillation/recipes/loadRecipe.js';
import { readStudyFile } from '../../search/StudyConfig.js';
import { listSpaces, loadSpace } from '../../spaces/loadSpace.js';
import { listTeachers, readRecord } from '../../teachers/teacherFiles.js';
import { AskLines, type Question } from '../init/askLines.js';
import { studyFile, type StudyChoices } from '../init/studyFile.js';
import { resultPaths } from '../paths.js';
import type { RegisterCommand } from './Command.js';

interface Flags {
  readonly force?: boolean;
  readonly yes?: boolean;
}

/** `nas-distill init`: a few questions, then a study file with a comment at every key. */
export const registerInit: RegisterCommand = (program, io) => {
  program
    .command('init')
    .description('Write a study file: asks a few questions, explains every setting')
    .argument('[file]', 'where to write it', 'study.yaml')
    .option('-y, --yes', 'ask nothing: take the defaults')
    .option('--force', 'write over a file that is there')
    .addHelpText(
      'after',
      `
Examples:
  $ nas-distill init
  $ nas-distill init phone.yaml --yes
  $ nas-distill search --study-file study.yaml`,
    )
    .action(async (file: string, flags: Flags, command) => {
      const out = io(command);
      const path = resolve(file);
      if (existsSync(path) && flags.force !== true) {
        throw new NasDistillError('USAGE', `${path} exists`, {
          hint: 'Give another name, or --force to write over it.',
        });
      }
      const questions = questionsOf(resultPaths(out.resultsDir).teachers);
      const choices = flags.yes === true ? defaultsOf(questions) : await ask(questions);
      atomicWrite(path, studyFile(choices));
      // Read back as search will read it.
      readStudyFile(path);
      const next = `nas-distill search --study-file ${file}`;
      out.result({ file: path, settings: choices, next }, () => `${path}\nNext: ${next}`);
    });
};

type Questions = { readonly [K in keyof StudyChoices]: Question<StudyChoices[K]> };

function questionsOf(teachersDir: string): Questions {
  const teachers = listTeachers(teachersDir).map(({ name }) => name);
  const recipes = listRecipes();
  return {
    data: {
      text: 'Data set',
      help: [`known: ${Object.keys(catalogue).join(', ')}; or the path of your own images, CSV or IDX files`],
      fallback: 'fashion-mnist',
      parse: knownOrPath('data set', Object.keys(catalogue)),
    },
    teacher: {
      text: 'Teacher',
      help: [
        teachers.length === 0
          ? 'none is stored yet: newest lets search train a small one (or see nas-distill teacher train|import --help)'
          : `stored: ${teachers.join(', ')}; newest takes the newest that was trained on the data`,
      ],
      fallback: 'newest',
      parse: (answer) => (answer === 'newest' ? undefined : readRecord(teachersDir, answer).name),
    },
    space: {
      text: 'Search space',
      help: [`shipped: ${listSpaces().join(', ')}; or a YAML file`],
      fallback: 'mobile-cnn',
      parse: (answer) => {
        loadSpace(answer);
        return answer;
      },
    },
    budgets: {
      text: 'Budget',
      help: ['8MB, 300KB, 2Mparams, 30MMACs, 512KB-memory, 5ms; several with commas between them'],
      fallback: '8MB',
      parse: (answer) => parseBudgets([answer]).map(({ text }) => text),
    },
    trials: { text: 'Architectures to try', fallback: '40', parse: atLeastOne },
    epochs: { text: 'Epochs of distillation for each', fallback: '3', parse: atLeastOne },
    recipe: {
      text: 'Recipe',
      help: [`how students are trained: ${recipes.join(', ')}; or a YAML file; default is kd and cross entropy`],
      fallback: 'default',
      parse: (answer) => {
        if (answer === 'default') return undefined;
        loadRecipe(answer);
        return answer;
      },
    },
  };
}

function atLeastOne(answer: string): number {
  if (/^\d+$/.test(answer) && Number(answer) > 0) return Number(answer);
  throw new NasDistillError('USAGE', `'${answer}' is not a whole number of 1 or more`);
}

/** A known name, or a path that exists. */
function knownOrPath(what: string, known: readonly string[]): (answer: string) => string {
  return (answer) => {
    if (known.includes(answer) || existsSync(answer)) return answer;
    const near = closest(answer, known);
    throw new NasDistillError('USAGE', `no ${what} '${answer}': neither known nor a path that exists`, {
      ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
    });
  };
}

async function ask(questions: Questions): Promise<StudyChoices> {
  const asking = new AskLines();
  try {
    const answers: Record<string, unknown> = {};
    for (const [key, question] of Object.entries(questions)) {
      answers[key] = await asking.ask<unknown>(question as Question<unknown>);
    }
    return answers as unknown as StudyChoices;
  } finally {
    asking.close();
  }
}

function defaultsOf(questions: Questions): StudyChoices {
  const entries = Object.entries(questions).map(([key, { fallback, parse }]) => [key, parse(fallback)]);
  return Object.fromEntries(entries) as StudyChoices;
}
