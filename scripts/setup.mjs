// Installs what is missing and builds, so that a fresh clone needs no other command first.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { headersOfThisNode, isInstalled, sqliteFault } from './packages.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));

function run(label, command, args, options = {}) {
  const startedAt = Date.now();
  process.stderr.write(`${label} ...\n`);
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, ...options.env },
    shell: process.platform === 'win32',
    maxBuffer: 64 * 2 ** 20,
  });
  if (done.status !== 0) {
    process.stderr.write(`${done.stdout ?? ''}${done.stderr ?? ''}\n`);
    fail(`${label} failed${done.error ? `: ${done.error.message}` : ''}`, options.hint);
  }
  process.stderr.write(`${label}: ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
}

function fail(message, hint, status = 1) {
  process.stderr.write(`setup: ${message}\n`);
  if (hint !== undefined) process.stderr.write(`  ${hint}\n`);
  process.exit(status);
}

export function setup() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 9)) {
    fail(`Node 20.9 or newer is needed, this is ${process.versions.node}`, undefined, 2);
  }
  if (!isInstalled(root)) run('Installing packages', 'npm', ['ci', '--no-audit', '--no-fund']);
  if (sqliteFault(root) !== undefined) compileSqlite();
  if (!built()) {
    run('Building', process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json']);
  }
}

/** The only install script that runs: .npmrc keeps all others from downloading runtimes that nothing here uses. */
function compileSqlite() {
  const headers = headersOfThisNode();
  run(
    'Getting better-sqlite3 ready (it compiles where no prebuilt binary can be had: about a minute)',
    'npm',
    ['rebuild', 'better-sqlite3', '--ignore-scripts=false', '--foreground-scripts'],
    {
      env: headers === undefined ? {} : { npm_config_nodedir: headers },
      hint: 'better-sqlite3 needs a C++ compiler, make and Python 3 unless a prebuilt binary exists for this Node.',
    },
  );
  const fault = sqliteFault(root);
  if (fault !== undefined) fail(`better-sqlite3 does not load in Node ${process.versions.node}: ${fault}`);
}

/** tsc's incremental state makes a build without changes cheap, but skipping it is cheaper still. */
function built() {
  const info = join(root, 'dist', '.tsbuildinfo');
  if (!existsSync(info)) return false;
  const since = statSync(info).mtimeMs;
  const done = spawnSync(
    'find',
    [
      'src',
      'tsconfig.json',
      'tsconfig.build.json',
      'package-lock.json',
      '-newermt',
      new Date(since).toISOString(),
      '-print',
      '-quit',
    ],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  return done.status === 0 && done.stdout === '';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setup();
