import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { messageOf } from '../../core/errors.js';
import { closest } from '../../core/closest.js';
import type { Dataset } from '../Dataset.js';
import { dataError } from '../dataError.js';
import { makeCorpus } from '../text/Corpus.js';
import { encodeCorpus } from '../text/encodeCorpus.js';
import { readUtf8 } from '../text/readUtf8.js';
import { nameOf } from './folders.js';
import type { ReadOptions } from './Reader.js';

const rowsSchema = z.array(z.array(z.string()));
const usualText = /^(text|sentence|document|review|content|gloss|definition|message)$/i;
const usualLabel = /^(label|class|target|category|y)$/i;

/** The rows of a CSV file in UTF-8, its first line among them. @throws NasDistillError DATA */
export function readTable(path: string): string[][] {
  const text = readUtf8(path);
  try {
    return rowsSchema.parse(parse(text, { bom: true, trim: true, skip_empty_lines: true }));
  } catch (cause) {
    throw dataError(`${path} is no readable CSV: ${messageOf(cause)}`, { hint: 'Check that line.', cause });
  }
}

/** Whether a CSV file is one of texts: by what was asked for, else by the usual name of a column. */
export function holdsTexts(path: string, options: ReadOptions): boolean {
  const { textColumn, tokens, vocabulary, tokenizer, pathColumn, color, size } = options;
  if ([textColumn, tokens, vocabulary, tokenizer].some((option) => option !== undefined)) return true;
  if (pathColumn !== undefined || color !== undefined || size !== undefined) return false;
  return firstCells(path).some((cell) => usualText.test(cell));
}

/** The cells of a file's first line, so far as it can be read as text at all. */
function firstCells(path: string): string[] {
  const [line] = readUtf8(path)
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/, 1);
  return line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
}

/** A table of texts: a label and a text in each line. */
export async function readTextCsv(path: string, options: ReadOptions): Promise<Dataset> {
  const rows = readTable(path);
  if (rows.length === 0) throw dataError(`${path} is empty`, 'Lines hold a label and a text.');
  const header = isHeader(rows[0], options) ? rows[0] : undefined;
  const first = header === undefined ? 1 : 2;
  const body = header === undefined ? rows : rows.slice(1);
  if (body.length === 0)
    throw dataError(`${path} has a header and no lines below it`, 'Lines hold a label and a text.');
  const { text, label } = columns(path, header, rows[0].length, options);
  const place = (i: number) => `${path}, row ${i + first}`;
  const labels = body.map((row, i) => {
    if (row[label] === '') throw dataError(`${place(i)}: the label is empty`, 'Name its class, or remove that line.');
    return row[label];
  });
  const texts = body.map((row, i) => {
    if (row[text] === '') throw dataError(`${place(i)}: the text is empty`, 'Write the text, or remove that line.');
    return row[text];
  });
  const corpus = makeCorpus(options.name ?? nameOf(path, options).replace(/\.csv$/i, ''), texts, labels);
  return encodeCorpus(corpus, options, place);
}

const isWhole = (text: string) => /^\d+$/.test(text);

function isHeader(cells: readonly string[], { textColumn, labelColumn }: ReadOptions): boolean {
  const named = [textColumn, labelColumn].filter((name) => name !== undefined && !isWhole(name));
  return cells.some((cell) => named.includes(cell) || usualText.test(cell) || usualLabel.test(cell));
}

function columns(path: string, header: readonly string[] | undefined, width: number, options: ReadOptions) {
  const find = (wanted: string | undefined, usual: RegExp): number | undefined => {
    if (wanted === undefined) {
      const at = header?.findIndex((name) => usual.test(name)) ?? -1;
      return at < 0 ? undefined : at;
    }
    const at = header?.indexOf(wanted) ?? -1;
    if (at >= 0) return at;
    if (isWhole(wanted) && Number(wanted) < width) return Number(wanted);
    const near = header === undefined ? undefined : closest(wanted, header);
    throw dataError(
      `${path} has no column "${wanted}"`,
      `${near === undefined ? '' : `Did you mean ${near}? `}It has: ${header?.join(', ') ?? `the numbers 0 to ${width - 1}`}.`,
    );
  };
  const text = find(options.textColumn, usualText);
  const label = find(options.labelColumn, usualLabel);
  // Of two columns the other one.
  const other = (known: number | undefined) => (known !== undefined && width === 2 ? 1 - known : undefined);
  const columns = { text: text ?? other(label), label: label ?? other(text) };
  if (columns.text === undefined || columns.label === undefined || columns.text === columns.label) {
    const missing = columns.text === undefined ? 'text' : 'label';
    throw dataError(
      `${path}: which column holds the ${missing} is not clear`,
      'Give --text-column and --label-column (in a study file: textColumn, labelColumn).',
    );
  }
  return { text: columns.text, label: columns.label };
}
