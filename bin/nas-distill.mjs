#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Before anything is imported that an older Node cannot read or lacks functions for.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 9)) {
  const message = `Node 20.9 or newer is needed, this is ${process.versions.node}`;
  const hint = 'Install a newer Node, or choose one with nvm, fnm or volta.';
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ error: { code: 'USAGE', message, hint } })}\n`);
  } else {
    process.stderr.write(`nas-distill: ${message} [USAGE]\n  ${hint}\n`);
  }
  process.exit(2);
}

const main = new URL('../dist/cli/main.js', import.meta.url);
if (!existsSync(fileURLToPath(main))) {
  process.stderr.write('nas-distill: it is not built yet\n  Run: npm run setup\n');
  process.exit(1);
}
const { run } = await import(main.href);
await run(process.argv);
