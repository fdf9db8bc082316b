// Writes docs/commands.md from the command line's own descriptions (after `npm run build`).
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { commandsDocument } from '../dist/cli/commandsDocument.js';

const file = fileURLToPath(new URL('../docs/commands.md', import.meta.url));
const options = await resolveConfig(file);
writeFileSync(file, await format(await commandsDocument(), { ...options, parser: 'markdown' }));
