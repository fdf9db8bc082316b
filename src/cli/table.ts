import Table from 'cli-table3';
import { columnsOf, printable } from './terminalText.js';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/**
 * An aligned table without colours. Control characters of what was stored do not reach the terminal. Where a terminal is too
 * narrow for its lines: without them; where it is too narrow for that too, each row as a list of its cells.
 * @param room columns of the terminal
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly (string | number)[])[],
  room = terminalColumns(),
): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? printable(cell) : String(cell))));
  const drawn = new Table({
    head: columns.map((column) => column.title),
    colAligns: columns.map((column) => column.align ?? 'left'),
    style: { head: [], border: [] },
  });
  drawn.push(...cells);
  const boxed = drawn.toString();
  if (widthOf(boxed) <= room) return boxed;
  const plain = unboxed(columns, cells);
  return widthOf(plain) <= room || cells.length === 0 ? plain : listed(columns, cells);
}

/** Of standard output; what is no terminal has room for everything. */
function terminalColumns(): number {
  return process.stdout.isTTY ? process.stdout.columns || 80 : Infinity;
}

function widthOf(text: string): number {
  return text.split('\n').reduce((most, line) => Math.max(most, columnsOf(line)), 0);
}

function unboxed(columns: readonly Column[], cells: readonly (readonly string[])[]): string {
  const titles = columns.map(({ title }) => title);
  const widths = titles.map((title, i) => Math.max(...[title, ...cells.map((row) => row[i])].map(columnsOf)));
  return [titles, ...cells]
    .map((row) =>
      row
        .map((cell, i) => {
          const space = ' '.repeat(widths[i] - columnsOf(cell));
          return columns[i].align === 'right' ? space + cell : cell + space;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A row as a block of `title  cell` lines. */
function listed(columns: readonly Column[], cells: readonly (readonly string[])[]): string {
  return cells.map((row) => lines(row.map((cell, i) => [columns[i].title, cell] as const))).join('\n\n');
}

/** Aligned `label  value` lines. */
export function lines(pairs: readonly (readonly [label: string, value: string])[]): string {
  const width = Math.max(0, ...pairs.map(([label]) => label.length));
  return pairs.map(([label, value]) => `${label.padEnd(width)}  ${printable(value)}`).join('\n');
}
