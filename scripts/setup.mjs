// Installs what is missing and builds, so that a fresh clone needs no other command first.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync, mkdirSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const root = fileURLToPath(new URL('../', import.meta.url));

function run(label, command, args, env = {}) {
  const startedAt = Date.now();
  process.stderr.write(`${label} ...\n`);
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
    maxBuffer: 64 * 2 ** 20,
  });
  if (done.status !== 0) {
    process.stderr.write(`${done.stdout ?? ''}${done.stderr ?? ''}\n`);
    process.stderr.write(`setup: ${label} failed${done.error ? `: ${done.error.message}` : ''}\n`);
    if (/node-gyp|better-sqlite3/.test(`${done.stdout}${done.stderr}`)) {
      process.stderr.write(
        '  better-sqlite3 needs a C++ compiler, make and Python 3 unless a prebuilt binary exists for this Node.\n',
      );
    }
    process.exit(done.status ?? 1);
  }
  process.stderr.write(`${label}: ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
}

export function setup() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 9)) {
    process.stderr.write(`setup: Node 20.9 or newer is needed, this is ${process.versions.node}\n`);
    process.exit(2);
  }
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.nas-distill-setup');
  const installed = existsSync(stamp) && readFileSync(stamp, 'utf8') === `${lock} ${process.versions.modules}`;
  if (!installed) {
    // ONNXRUNTIME_NODE_INSTALL: the CPU runtime is in the package; its script would only fetch CUDA libraries.
    run(
      'Installing packages (better-sqlite3 compiles where no prebuilt binary can be had: about a minute)',
      'npm',
      ['ci', '--no-audit', '--no-fund'],
      {
        ONNXRUNTIME_NODE_INSTALL: 'skip',
      },
    );
    mkdirSync(join(root, 'node_modules'), { recursive: true });
    writeFileSync(stamp, `${lock} ${process.versions.modules}`);
  }
  if (!built())
    run('Building', process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json']);
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
