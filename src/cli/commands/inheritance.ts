import { NasDistillError } from '../../core/errors.js';
import { describeInheritance, inheritanceDocument } from '../describeInheritance.js';
import { chosenStudy, readStudies } from '../openStudies.js';
import type { RegisterCommand } from './Command.js';

/** `nas-distill inheritance`: what inheriting weights was worth in a study. */
export const registerInheritance: RegisterCommand = (program, io) => {
  program
    .command('inheritance')
    .description('Show how well candidates that inherited weights rank what training from scratch gives')
    .argument('[study]', 'name of the study (default: the newest)')
    .addHelpText('after', '\nExamples:\n  $ nas-distill inheritance\n  $ nas-distill inheritance my-study --json')
    .action((name: string | undefined, _options: unknown, command) => {
      const out = io(command);
      const document = readStudies(out, (store) => {
        const study = chosenStudy(store, name);
        return inheritanceDocument(study.name, store.trials(study.name));
      });
      if (document.heirs === 0) {
        throw new NasDistillError('NOT_FOUND', `no candidate of study ${document.study} inherited weights`, {
          hint: 'Search with --inherit.',
        });
      }
      out.result(document, () => describeInheritance(document));
    });
};
