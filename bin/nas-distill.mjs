#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (!existsSync(fileURLToPath(main))) {
  process.stderr.write('nas-distill: it is not built yet\n  Run: npm run setup\n');
  process.exit(1);
}
const { run } = await import(main.href);
await run(process.argv);
