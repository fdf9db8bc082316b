import Table from 'cli-table3';
import { printable } from './terminalText.js';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** An aligned table without colours. Control characters of what was stored do not reach the terminal. */
export function table(columns: readonly Column[], rows: readonly (readonly (string | number)[])[]): string {
  const drawn = new Table({
    head: columns.map((column) => column.title),
    colAligns: columns.map((column) => column.align ?? 'left'),
    style: { head: [], border: [] },
  });
  for (const row of rows) drawn.push(row.map((cell) => (typeof cell === 'string' ? printable(cell) : cell)));
  return drawn.toString();
}

/** Aligned `label  value` lines. */
export function lines(pairs: readonly (readonly [label: string, value: string])[]): string {
  const width = Math.max(0, ...pairs.map(([label]) => label.length));
  return pairs.map(([label, value]) => `${label.padEnd(width)}  ${printable(value)}`).join('\n');
}
