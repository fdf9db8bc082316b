import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { commandsDocument } from '../../src/cli/commandsDocument.js';

it('docs/commands.md is what the commands say: npm run build && node scripts/commandsDocument.mjs', async () => {
  const options = await resolveConfig('docs/commands.md');
  expect(readFileSync('docs/commands.md', 'utf8')).toBe(
    await format(await commandsDocument(), { ...options, parser: 'markdown' }),
  );
});
