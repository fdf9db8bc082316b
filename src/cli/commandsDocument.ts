import type { Argument, Command, Option } from 'commander';
import { createProgram } from './main.js';

/** docs/commands.md: every command with its arguments and flags, as `--help` says them. */
export async function commandsDocument(): Promise<string> {
  const program = await createProgram([]);
  return [
    '# Commands',
    '',
    'Written by `node scripts/commandsDocument.mjs` from what `--help` prints; a test compares it. Every command takes',
    '`--json` (the result as one JSON document on stdout), `--verbose` and `--results DIR`.',
    '',
    ...program.commands.flatMap((command) => section(command, 'nas-distill')),
  ].join('\n');
}

function section(command: Command, above: string): string[] {
  const name = `${above} ${command.name()}`;
  if (command.commands.length > 0) {
    return [
      `## ${name}`,
      '',
      `${command.description()}.`,
      '',
      ...command.commands.flatMap((sub) => section(sub, name)),
    ];
  }
  const words = [name, ...command.registeredArguments.map(usageOf), ...(command.options.length > 0 ? ['[flags]'] : [])];
  const rows = [
    ...command.registeredArguments.map((argument) => [usageOf(argument), argument.description, argument.defaultValue]),
    ...command.options
      .filter(({ hidden }) => !hidden)
      .map((option) => [option.flags, choicesOf(option), defaultOf(option)]),
  ].map(([what, meaning, fallback]) => `| \`${cell(what)}\` | ${escaped(meaning)} | ${escaped(fallback ?? '')} |`);
  const table = rows.length === 0 ? [] : ['| | what it is | default |', '| --- | --- | --- |', ...rows, ''];
  return [
    `${above === 'nas-distill' ? '##' : '###'} ${name}`,
    '',
    `${command.description()}.`,
    '',
    '```',
    words.join(' '),
    '```',
    '',
    ...table,
  ];
}

function usageOf(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function choicesOf({ description, argChoices }: Option): string {
  return argChoices === undefined ? description : `${description}: ${argChoices.join(', ')}`;
}

/** What commander prints as the default; `--no-x` flags have one that says nothing. */
function defaultOf({ defaultValue, negate }: Option): unknown {
  return negate ? '' : defaultValue;
}

/** How many cores this machine has does not belong into a document. */
function cell(content: unknown): string {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return text
    .replace(/, here \d+/, '')
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ');
}

/** Outside of code a `<` would begin HTML. */
function escaped(content: unknown): string {
  return cell(content).replaceAll('<', '&lt;');
}
