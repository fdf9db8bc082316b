import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

const built = (path: string) => new URL(`../../dist/${path}`, import.meta.url).href;
const hooks = `import { writeSync } from 'node:fs';
  export async function load(url, context, next) { writeSync(1, url + '\\n'); return next(url, context); }`;

/** Every module that a fresh process reads, as it imports these built ones. */
function modulesOf(...paths: string[]): string[] {
  const script = `import { register } from 'node:module';
    register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`)});
    ${paths.map((path) => `await import(${JSON.stringify(built(path))});`).join('\n')}`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).split('\n');
}

it('a report does not read TensorFlow.js, which takes a fifth of a second', () => {
  const report = modulesOf('reports/writeReport.js', 'store/openStore.js', 'cli/commands/report.js');
  expect(report).toContain(built('models/layers/conv2d.js'));
  expect(report.filter((url) => url.includes('tensorflow'))).toEqual([]);
  // Engines do.
  expect(modulesOf('engines/tf.js').some((url) => url.includes('tfjs-core'))).toBe(true);
});
