import { expect, it } from 'vitest';
import { table } from '../../src/cli/table.js';
import { columnsOf } from '../../src/cli/terminalText.js';

const columns = [{ title: 'trial', align: 'right' }, { title: 'name' }, { title: 'bytes', align: 'right' }] as const;
const rows = [
  [3, 'a 🦊', '194 KB'],
  [12, 'b\u001b[31m', '2 MB'],
];

it('has lines where there is room, none where there is less, and is a list where there is none', () => {
  const boxed = table(columns, rows, 31);
  expect(boxed.split('\n')[1]).toBe('│ trial │ name   │  bytes │');
  expect(table(columns, rows, 26)).toBe(
    ['trial  name     bytes', '    3  a 🦊    194 KB', '   12  b [31m    2 MB'].join('\n'),
  );
  const listed = table(columns, rows, 18);
  expect(listed).toBe(
    ['trial  3', 'name   a 🦊', 'bytes  194 KB', '', 'trial  12', 'name   b [31m', 'bytes  2 MB'].join('\n'),
  );
  for (const line of listed.split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(18);
  // Whoever reads it by a pipe gets it whole.
  expect(table(columns, rows)).toBe(boxed);
});

it('without rows is its titles', () => {
  expect(table(columns, [], 10)).toBe('trial  name  bytes');
});
