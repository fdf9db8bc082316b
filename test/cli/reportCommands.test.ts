import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { createReport } from '../../src/reports/client/Report.js';
import { commandsOf } from '../../src/reports/client/trialTexts.js';
import { reportDataOf } from '../../src/reports/writeReport.js';
import { openStore } from '../../src/store/openStore.js';
import { storeQuickTeacher } from './quickTeacher.js';
import { writeStripes } from './stripes.js';

const root = mkdtempSync(join(tmpdir(), 'report-commands-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Runs a text in a shell in the directory of `results/`, where `nas-distill` is this build. */
async function shell(command: string): Promise<string> {
  const bin = join(root, 'bin');
  mkdirSync(bin, { recursive: true });
  const shim = join(bin, 'nas-distill');
  const target = fileURLToPath(new URL('../../bin/nas-distill.mjs', import.meta.url));
  writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" "${target}" "$@"\n`);
  chmodSync(shim, 0o755);
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}` };
  return (await promisify(execFile)('bash', ['-c', command], { cwd: root, env, timeout: 200_000 })).stdout;
}

it('every command that a trial’s page prints runs as it is printed', async () => {
  writeStripes(join(root, "it's data"), 180, 30);
  storeQuickTeacher(join(root, 'results', 'teachers'));
  const study = [
    'name: a.b_c-1',
    `data: "it's data"`,
    'space: minimal',
    'budgets: [20KB]',
    'trials: 1',
    'epochs: 1',
    'workers: 1',
    'learningRate: 0.003',
    'clipNorm: null',
    'augmentation: { views: 1 }',
    'baselineWidths: []',
  ];
  writeFileSync(join(root, 'first.yaml'), `${study.join('\n')}\n`);
  await shell('nas-distill search --study-file first.yaml --no-report');
  const read = () => openStore(join(root, 'results', 'nas-distill.db'), { readonly: true });
  const store = read();
  const report = createReport(reportDataOf(store, 'a.b_c-1'));
  store.close();
  const commands = commandsOf(report.data.trials[0], report);
  expect(commands).toHaveLength(3);
  const [promote, show, again] = commands.map(({ command }) => command);
  expect(await shell(show)).toMatch(/trial 1/);
  expect(await shell(promote)).toMatch(/student/);
  await shell(again);

  const after = read();
  const [first] = after.trials('a.b_c-1');
  const [second] = after.trials('a.b_c-1-again');
  expect(second.architectureId).toBe(first.architectureId);
  expect(second.state).toBe('COMPLETE');
  // The same settings and seed: the same training.
  expect(second.metrics).toEqual(first.metrics);
  expect(after.study('a.b_c-1-again')?.settings).toMatchObject({ learningRate: 0.003, clipNorm: null });
  after.close();
}, 300_000);
