import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { messageOf } from '../../core/errors.js';
import type { Dataset } from '../Dataset.js';
import { dataError, unreadable } from '../dataError.js';
import { allocateImages, allocateLabels, makeDataset } from '../makeDataset.js';
import { byCodeUnit, nameOf } from './folders.js';
import { decodeAll } from './imageFolder.js';
import { isImageName, shapeOfImages } from './images.js';
import type { ReadOptions, ReaderEntry } from './Reader.js';
import { holdsTexts, readTextCsv } from './textCsv.js';

const rowsSchema = z.array(z.array(z.string()));

interface Sheet {
  readonly path: string;
  /** Column names, where the first line holds them. */
  readonly header: readonly string[] | undefined;
  readonly rows: readonly (readonly string[])[];
  readonly labelColumn: number;
  /** The column of the paths, where it was asked for. */
  readonly pathColumn?: number;
}

/** A table: a label, and either the path of an image or all pixel values of a square image in each line. */
export const csv: ReaderEntry = {
  title: 'CSV',
  help: 'a .csv file with a label and the path of an image, a label and all pixels (0 to 255), or a label and a text in each line',
  options: ['color', 'labelColumn', 'pathColumn', 'textColumn', 'tokens', 'vocabulary', 'tokenizer'],
  detect: (path) => /\.csv$/i.test(path) && statSync(path).isFile(),
  read: readCsv,
};

async function readCsv(path: string, options: ReadOptions): Promise<Dataset> {
  if (holdsTexts(path, options)) return readTextCsv(path, options);
  const sheet = readSheet(path, options);
  const pathColumn = findPathColumn(sheet);
  const texts = sheet.rows.map((row) => row[sheet.labelColumn]);
  const empty = texts.findIndex((text) => text === '');
  if (empty >= 0) throw dataError(`${lineOf(sheet, empty)}: the label is empty`);
  const classes = classesOf(texts);
  const place = new Map(classes.map((name, i) => [name, i]));
  const labels = allocateLabels(texts.length);
  texts.forEach((text, i) => (labels[i] = place.get(text) ?? -1));
  const { images, shape } =
    pathColumn === undefined ? readPixels(sheet, options) : await readPaths(sheet, pathColumn, options);
  return makeDataset({
    name: options.name ?? nameOf(path, options).replace(/\.csv$/i, ''),
    shape,
    classes,
    images,
    labels,
    officialTest: new Int32Array(new SharedArrayBuffer(0)),
  });
}

function readSheet(path: string, options: ReadOptions): Sheet {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  let all: string[][];
  try {
    all = rowsSchema.parse(parse(content, { bom: true, trim: true, skip_empty_lines: true }));
  } catch (cause) {
    throw dataError(`${path} is no readable CSV: ${messageOf(cause)}`, { hint: 'Check that line.', cause });
  }
  if (all.length === 0) throw dataError(`${path} is empty`, csv.help);
  const header = isHeader(path, all[0], options) ? all[0] : undefined;
  const rows = header === undefined ? all : all.slice(1);
  if (rows.length === 0) throw dataError(`${path} has a header and no lines below it`, csv.help);
  const named = columnOf(path, header, all[0].length, options.labelColumn);
  const usual = header?.findIndex((name) => usualLabel.test(name)) ?? -1;
  const paths = columnOf(path, header, all[0].length, options.pathColumn);
  const labelColumn = named ?? (usual >= 0 ? usual : guessLabelColumn(path, rows[0], paths));
  if (labelColumn === paths) {
    throw dataError(
      `${path}: column "${header?.[labelColumn] ?? labelColumn}" cannot be both the label and the path of the image`,
      'Give --label-column and --path-column (in a study file: labelColumn, pathColumn).',
    );
  }
  return { path, header, rows, labelColumn, ...(paths === undefined ? {} : { pathColumn: paths }) };
}

const usualLabel = /^(label|class|target|y)$/i;
const isWhole = (text: string) => /^\d+$/.test(text);

/**
 * Column names: one of them is a usual name of the label or was asked for, or there is neither an image nor mostly
 * numbers. Where the column of the paths is given by its number, a path that leads to a file is no name.
 */
function isHeader(path: string, first: readonly string[], { labelColumn, pathColumn }: ReadOptions): boolean {
  const named = [labelColumn, pathColumn].filter((name) => name !== undefined && !isWhole(name));
  if (first.some((name) => named.includes(name))) return true;
  if (pathColumn !== undefined && isWhole(pathColumn)) {
    return Number(pathColumn) < first.length && !existsSync(resolve(dirname(path), first[Number(pathColumn)]));
  }
  if (first.some(isImageName)) return false;
  return first.some((name) => usualLabel.test(name)) || first.filter(isWhole).length < first.length / 2;
}

/** Beside a path: the other column. Beside pixels: the one that is no number, else the first. */
function guessLabelColumn(path: string, row: readonly string[], pathColumn: number | undefined): number {
  const isPath = (cell: string, i: number) => (pathColumn === undefined ? isImageName(cell) : i === pathColumn);
  const paths = row.some(isPath);
  const others = row.flatMap((cell, i) => ((paths ? isPath(cell, i) : isWhole(cell)) ? [] : [i]));
  if (others.length === 1) return others[0];
  if (!paths && others.length === 0) return 0;
  throw dataError(
    `${path}: which column holds the label is not clear`,
    'Give --label-column NAME (in a study file: labelColumn), or name it "label" in the first line.',
  );
}

function columnOf(path: string, header: Sheet['header'], width: number, wanted?: string): number | undefined {
  if (wanted === undefined) return undefined;
  const at = header?.indexOf(wanted) ?? -1;
  if (at >= 0) return at;
  if (isWhole(wanted) && Number(wanted) < width) return Number(wanted);
  const names = header ?? [];
  const known = names.slice(0, 12).join(', ') + (names.length > 12 ? ', ...' : '');
  throw dataError(
    `${path} has no column "${wanted}"`,
    `It has: ${names.length > 0 ? `${known} (or by number: ` : 'no names, numbers '}0 to ${width - 1}${names.length > 0 ? ')' : ''}.`,
  );
}

function findPathColumn(sheet: Sheet): number | undefined {
  if (sheet.pathColumn !== undefined) return sheet.pathColumn;
  const found = sheet.rows[0].findIndex((cell, i) => i !== sheet.labelColumn && isImageName(cell));
  return found < 0 ? undefined : found;
}

/** Whole numbers in the order of their values, other labels by code units. */
function classesOf(texts: readonly string[]): string[] {
  const classes = [...new Set(texts)];
  const numeric = classes.every(isWhole);
  return classes.sort(numeric ? (a, b) => Number(a) - Number(b) || byCodeUnit(a, b) : byCodeUnit);
}

async function readPaths(sheet: Sheet, column: number, options: ReadOptions) {
  const files = sheet.rows.map((row, i) => {
    const file = resolve(dirname(sheet.path), row[column]);
    if (!existsSync(file)) throw dataError(`${lineOf(sheet, i)}: the image ${file} does not exist`);
    return file;
  });
  const shape = await shapeOfImages(files, options);
  const images = allocateImages(sheet.path, files.length, shape);
  await decodeAll(files, shape, images, options);
  return { images, shape };
}

function readPixels(sheet: Sheet, options: ReadOptions) {
  const pixels = sheet.rows[0].length - 1;
  const shape = shapeOfPixels(sheet.path, pixels, options);
  const images = allocateImages(sheet.path, sheet.rows.length, shape);
  let at = 0;
  sheet.rows.forEach((row, i) => {
    row.forEach((cell, column) => {
      if (column === sheet.labelColumn) return;
      const value = Number(cell);
      if (cell === '' || (value & 255) !== value) {
        throw dataError(
          `${lineOf(sheet, i)}, column ${column + 1}: "${cell}" is no pixel (a whole number of 0 to 255)`,
          'Correct that line; if the label or the path of an image is elsewhere, give --label-column or --path-column.',
        );
      }
      images[at++] = value;
    });
  });
  return { images, shape };
}

function shapeOfPixels(path: string, pixels: number, { size, color }: ReadOptions): Dataset['shape'] {
  for (const channels of color === 'rgb' ? [3] : color === 'grayscale' ? [1] : [1, 3]) {
    const side = Math.sqrt(pixels / channels);
    const [height, width] = size ?? [side, side];
    if (Number.isInteger(height) && height > 0 && height * width * channels === pixels)
      return [height, width, channels];
  }
  throw dataError(
    `${path} has ${pixels} pixel values a line, which make no ${size ? `image of ${size.join('x')}` : 'square image'}`,
    'Lines hold one label and all pixels of a square image, row by row (RGB: three values a pixel).',
  );
}

function lineOf(sheet: Sheet, row: number): string {
  return `${sheet.path}, row ${row + (sheet.header === undefined ? 1 : 2)}`;
}
