import { NasDistillError } from '../../core/errors.js';
import { createRng } from '../../core/rng.js';
import { parseTargets, violations } from '../../costs/budgets.js';
import { weightFormats } from '../../costs/CostModel.js';
import { formatCost } from '../../costs/registry.js';
import { candidateBuilder } from '../../search/buildCandidates.js';
import { defaultTokens, defaultVocabulary } from '../../data/text/encodeCorpus.js';
import { feasibilityProfile } from '../../spaces/feasibility/feasibilityProfile.js';
import { feasibleSampler } from '../../spaces/feasibility/feasibleSampler.js';
import { listSpaces, loadSpace } from '../../spaces/loadSpace.js';
import type { ModelContext, SearchSpace } from '../../spaces/SearchSpace.js';
import { withoutTeacher } from '../../distillation/TrainingConfig.js';
import { chooseEngine } from '../../engines/registry.js';
import { parseStudyConfig } from '../../search/StudyConfig.js';
import { trainingOf } from '../../search/trainingOf.js';
import { checkSpaceOperators } from '../checkSpaceOperators.js';
import { describeProfile, profileDocument } from '../describeProfile.js';
import { collect, numbers, wholeNumber } from '../flags.js';
import { abilityLimits, latenciesOf, openTargets } from '../openTargets.js';
import { table } from '../table.js';
import type { RegisterCommand } from './Command.js';

/** The samples that costs are shown for, unless --input says otherwise: Fashion-MNIST's, or texts as they are read. */
const defaultInput = { images: [28, 28, 1], texts: [defaultTokens] } as const;
const inputHelp = 'shape of the images: height,width,channels; of texts: tokens';

function contextOf({ samples }: SearchSpace, given: readonly number[] | undefined, classes: number): ModelContext {
  const input = given ?? defaultInput[samples];
  if (input.length !== defaultInput[samples].length || input.some((size) => !Number.isInteger(size) || size < 1)) {
    const [needed, example] =
      samples === 'images'
        ? ['three whole numbers are needed', 'Height, width, channels: --input 32,32,3']
        : ['one whole number is needed', 'How many tokens are read of a text: --input 32'];
    throw new NasDistillError('USAGE', `--input ${input.join(',')}: ${needed}`, { hint: example });
  }
  return samples === 'images'
    ? { input, classes }
    : { input, classes, vocabulary: { size: defaultVocabulary, unknown: 1 } };
}

/** `nas-distill space list|show|validate|sample|count`. */
export const registerSpace: RegisterCommand = (program, io) => {
  const space = program.command('space').description('Look at search spaces');

  space
    .command('list')
    .description('The shipped spaces')
    .action((_options: unknown, command) => {
      const spaces = listSpaces().map((name) => loadSpace(name));
      const rows = spaces.map((s) => ({
        name: s.name,
        architectures: s.count().toString(),
        description: s.description,
      }));
      io(command).result({ spaces: rows }, () =>
        table(
          [{ title: 'space' }, { title: 'architectures', align: 'right' }, { title: 'what it is' }],
          rows.map((row) => [row.name, Number(row.architectures).toPrecision(3), row.description]),
        ),
      );
    });

  space
    .command('show')
    .description('The choices of a space and what its architectures cost')
    .argument('<space>', 'a shipped name or a YAML file')
    .option('--input <sizes>', inputHelp, numbers)
    .option('--classes <n>', 'number of classes', wholeNumber(2), 10)
    .action((name: string, options: { input?: number[]; classes: number }, command) => {
      const loaded = loadSpace(name);
      const builder = candidateBuilder(loaded, contextOf(loaded, options.input, options.classes), 'float32');
      const profile = feasibilityProfile(loaded, builder.costs, [], createRng('show'));
      io(command).result(
        { ...profileDocument(profile), description: loaded.description, choices: loaded.choices },
        () =>
          [
            describeProfile(profile),
            table(
              [{ title: 'choice' }, { title: 'affects' }, { title: 'values' }],
              loaded.choices.map(({ name: choice, affects, values }) => [
                choice,
                affects,
                values.map(String).join(', '),
              ]),
            ),
          ].join('\n'),
      );
    });

  space
    .command('validate')
    .description('Check a YAML file: errors name file, line and key; an operator that the engine lacks, the layer')
    .argument('<space>')
    .option('--engine <name>', 'engine that must have all operators, as for search', 'auto')
    .option('--input <sizes>', inputHelp, numbers)
    .action(async (name: string, options: { engine: string; input?: number[] }, command) => {
      const loaded = loadSpace(name);
      const context = contextOf(loaded, options.input, 10);
      const engine = (await chooseEngine(options.engine)).name;
      const config = parseStudyConfig({}, 'settings', undefined, loaded.defaults);
      const checked = await checkSpaceOperators({
        space: loaded,
        engine,
        build: (architecture) => loaded.toModelSpec(architecture, context),
        training: (architecture) => withoutTeacher(trainingOf(config, loaded.recipe(architecture))),
        classes: context.classes,
      });
      io(command).result(
        { space: loaded.name, valid: true, engine, architectures: checked },
        () =>
          `${loaded.name}: valid, ${loaded.choices.length} choices; engine ${engine} has all operators (of ${checked} architectures)`,
      );
    });

  space
    .command('count')
    .description('How many different architectures a space holds, exactly')
    .argument('<space>')
    .action((name: string, _options: unknown, command) => {
      const count = loadSpace(name).count();
      io(command).result({ space: name, count: count.toString() }, () => count.toLocaleString('en'));
    });

  space
    .command('sample')
    .description('Random architectures, within a budget if one is given')
    .argument('<space>')
    .option('--budget <limit>', 'as for search; repeat for several', collect, [])
    .option('--device <name>', 'device whose latency counts, as for search; repeat for several', collect, [])
    .option('--weights <format>', weightFormats.join(' | '), 'float32')
    .option('-n, --number <n>', 'how many', wholeNumber(1), 5)
    .option('--seed <n>', 'seed', wholeNumber(0), 1)
    .option('--input <sizes>', inputHelp, numbers)
    .option('--classes <n>', 'number of classes', wholeNumber(2), 10)
    .action(
      async (
        name: string,
        options: {
          budget: string[];
          device: string[];
          weights: string;
          number: number;
          seed: number;
          input?: number[];
          classes: number;
        },
        command,
      ) => {
        const weights = weightFormats.find((format) => format === options.weights);
        if (weights === undefined) {
          throw new NasDistillError('USAGE', `--weights ${options.weights}: unknown`, {
            hint: `Use one of: ${weightFormats.join(', ')}.`,
          });
        }
        const { budgets: asked, targets: named } = parseTargets(options.budget, options.device);
        const loaded = loadSpace(name);
        const targets = await openTargets(io(command), named, weights);
        const budgets = [...asked, ...abilityLimits(targets, asked)];
        const builder = candidateBuilder(
          loaded,
          contextOf(loaded, options.input, options.classes),
          weights,
          latenciesOf(targets),
        );
        const propose = feasibleSampler(loaded, (a) =>
          violations(builder.costs(a), budgets).reduce((x, y) => x + y, 0),
        );
        const rng = createRng(`${options.seed}/sample`);
        const drawn = Array.from({ length: options.number }, () => propose(rng)).map((architecture) => {
          if (architecture === undefined) {
            throw new NasDistillError(
              'INFEASIBLE',
              `no architecture of ${loaded.name} was found that fits ${budgets.map(({ text }) => text).join(' and ')}`,
              {
                hint: `See what it costs: nas-distill space show ${name}`,
              },
            );
          }
          return { id: loaded.id(architecture), choices: architecture.choices, costs: builder.costs(architecture) };
        });
        io(command).result({ space: loaded.name, architectures: drawn }, () =>
          drawn
            .map(({ choices, costs }) =>
              [
                [
                  formatCost('bytes', costs.bytes),
                  formatCost('macs', costs.macs),
                  ...targets.map(({ metric }) => `${metric} ${formatCost(metric, costs[metric])}`),
                ].join(', '),
                ...Object.entries(choices).map(([choice, value]) => `  ${choice}: ${String(value)}`),
              ].join('\n'),
            )
            .join('\n'),
        );
      },
    );
};
