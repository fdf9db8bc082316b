import { Option, type Command } from 'commander';
import { NasDistillError } from '../core/errors.js';
import { dataFlag, dataOptionsSchema, type DataOptions } from '../data/DataOptions.js';
import { wholeNumber } from './flags.js';

/** Adds the flags that say how data is read: the same for every command that opens any. */
export function addDataFlags(command: Command): Command {
  return command
    .option(`${dataFlag.imageSize} <pixels>`, 'resize image files to this square', wholeNumber(4))
    .addOption(
      new Option(`${dataFlag.color} <kind>`, 'images as grayscale or rgb (default: as they are)').choices([
        'grayscale',
        'rgb',
      ]),
    )
    .option(`${dataFlag.labelColumn} <column>`, 'CSV: header or number (from 0) of the label')
    .option(`${dataFlag.pathColumn} <column>`, "CSV: header or number (from 0) of the image's path")
    .option(dataFlag.coarse, 'CIFAR-100: the 20 coarse classes')
    .option(`${dataFlag.textColumn} <column>`, 'CSV: header or number (from 0) of the text')
    .option(`${dataFlag.tokens} <count>`, 'texts: tokens that are read of each', wholeNumber(2))
    .option(`${dataFlag.vocabulary} <words>`, 'texts: how many words are known', wholeNumber(3))
    .option(`${dataFlag.tokenizer} <file>`, "texts: a tokenizer.json to use, such as a teacher's");
}

/** Those flags as they were given. @throws NasDistillError USAGE */
export function dataOptionsOf(options: unknown): DataOptions {
  const parsed = dataOptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const flag = Object.entries(dataFlag).find(([key]) => key === issue.path[0])?.[1] ?? issue.path.join('.');
  throw new NasDistillError('USAGE', `${flag}: ${issue.message}`, { hint: 'See the flags with --help.' });
}
