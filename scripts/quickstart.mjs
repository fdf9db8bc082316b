// `npm run quickstart`: from a fresh clone to a Pareto report of distilled students.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { setup } from './setup.mjs';

const startedAt = Date.now();
const root = fileURLToPath(new URL('../', import.meta.url));
setup();

function nasDistill(...args) {
  process.stderr.write(`\n$ nas-distill ${args.join(' ')}\n`);
  const done = spawnSync(process.execPath, [join(root, 'bin', 'nas-distill.mjs'), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (done.status !== 0) process.exit(done.status ?? 1);
}

nasDistill('data', 'fetch', 'fashion-mnist');
nasDistill('teacher', 'train', 'vit', '--epochs', '3');
// --time bounds the search on slow machines; the study can go on later with --resume.
nasDistill(
  'search',
  '--budget',
  '8MB',
  '--study',
  'quickstart',
  '--trials',
  '12',
  '--epochs',
  '2',
  '--train-images',
  '3000',
  '--validation-images',
  '2000',
  '--time',
  '75s',
);
process.stderr.write(
  `\nquickstart: ${((Date.now() - startedAt) / 1000).toFixed(0)} s in all. Open reports/quickstart.html in a browser.\n`,
);
