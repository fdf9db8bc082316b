// What the documents and the help texts point to is there: files, headings, commands and flags.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/main.js';

const documents = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const textOf = (file: string) => readFileSync(file, 'utf8');

/** As GitHub names a heading, but for those that are there twice. */
const anchorOf = (heading: string) =>
  heading
    .replace(/^#+ /, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
const anchorsOf = (file: string) =>
  textOf(file)
    .match(/^#+ .*$/gm)
    ?.map(anchorOf) ?? [];

/** What is wrong with the links of a text. */
function brokenLinks(file: string, text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path, anchor] = link.split('#');
    const target = path === '' ? file : join(dirname(file), path);
    if (!existsSync(target)) return true;
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
}

/** Files that a text names from the top of the repository, or from src/. */
function missingFiles(text: string): string[] {
  const top = [...text.matchAll(/(?<![\w./-])((?:docs|src|bench|scripts|recipes|search-spaces|test)\/[\w./-]*\w)/g)];
  const rooms = readdirSync('src').join('|');
  const inSource = [...text.matchAll(new RegExp(`\`((?:${rooms})/[\\w/-]*\\w(?:\\.ts)?)\``, 'g'))];
  return [...top.map(([, path]) => path), ...inSource.map(([, path]) => `src/${path}`)].filter(
    (path) => ![path, `${path}.ts`].some((name) => existsSync(name)),
  );
}

describe.each(documents)('%s', (file) => {
  it('has no link that leads nowhere', () => expect(brokenLinks(file, textOf(file))).toEqual([]));
  it('names no file that is not there', () => expect(missingFiles(textOf(file))).toEqual([]));
});

it('sees what is wrong: a file, a heading, a source', () => {
  expect(brokenLinks('docs/x.md', '[a](none.md) [b](data.md#none) [c](data.md) [d](https://x.y)')).toEqual([
    'none.md',
    'data.md#none',
  ]);
  expect(missingFiles('`docs/none.md`, `core/none.ts`, src/core/rng.ts, `core/rng`')).toEqual([
    'docs/none.md',
    'src/core/none.ts',
  ]);
});

describe('command lines', () => {
  let program: Command;
  beforeAll(async () => (program = await createProgram([])));

  const flagsOf = (command: Command) => command.options.flatMap(({ long, short }) => [long, short]);

  /** What is wrong with a command line: a command or a flag that there is not. */
  function wrongWords(line: string): string[] {
    const words = line.split(/\s+/).slice(1);
    let command = program;
    const known = ['--help', '-h', '--version', ...flagsOf(program)];
    const wrong: string[] = [];
    for (const word of words) {
      const inner = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
      if (inner !== undefined) {
        command = inner;
        known.push(...flagsOf(command));
      } else if (command.commands.length > 0 && /^[a-z]+$/.test(word) && command.registeredArguments.length === 0) {
        wrong.push(word);
        return wrong;
      } else if (/^-/.test(word) && !known.includes(word.split('=')[0])) wrong.push(word);
    }
    return wrong;
  }

  /** Lines of code blocks, and inline code, that call the tool; what comes behind a pipe or a comment is not ours. */
  const linesOf = (text: string) =>
    [
      ...text.matchAll(/^ {2,}(?:\$ )?(?:npx )?(nas-distill [^\n]*)$/gm),
      ...text.matchAll(/`(?:npx )?(nas-distill [^`\n]*)`/g),
    ].map(([, line]) => line.split(/ #|[|>;]| \(/)[0].trim());

  it('of the documents are known, with their flags', () => {
    const lines = documents.flatMap((file) => linesOf(textOf(file)).map((line) => ({ file, line })));
    expect(lines.length).toBeGreaterThan(60);
    expect(lines.filter(({ line }) => wrongWords(line).length > 0)).toEqual([]);
  });

  it('of the examples in help texts, too', () => {
    const helps = everyCommand(program).map((command) => helpOf(command));
    const lines = helps.flatMap(linesOf);
    expect(lines.length).toBeGreaterThan(40);
    expect(lines.filter((line) => wrongWords(line).length > 0)).toEqual([]);
  });

  it('sees what is wrong', () => {
    expect(wrongWords('nas-distill serch --budget 8MB')).toEqual(['serch']);
    expect(wrongWords('nas-distill search --budget 8MB --bugdet=9MB --json')).toEqual(['--bugdet=9MB']);
    expect(wrongWords('nas-distill teacher teach vit')).toEqual(['teach']);
  });
});

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** With its examples, which are printed behind the flags. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}
