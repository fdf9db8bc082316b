// `npm test`: installs what is missing, builds (worker threads and the command line run from dist/), runs all tests.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { setup } from './setup.mjs';

setup();
const root = fileURLToPath(new URL('../', import.meta.url));
const vitest = spawnSync(
  process.execPath,
  [join('node_modules', 'vitest', 'vitest.mjs'), 'run', ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
process.exit(vitest.status ?? 1);
