// The simple API of Python package indexes: https://packaging.python.org/specifications/simple-repository-api (JSON and HTML).
import { createHash } from 'node:crypto';
import { createWriteStream, readFileSync, rmSync } from 'node:fs';
import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { messageOf, nodeCodeOf } from '../../core/errors.js';
import { installError, installStorageError } from './installError.js';
import type { Wheel } from './pins.js';

const jsonType = 'application/vnd.pypi.simple.v1+json';
const project = z.object({ files: z.array(z.object({ filename: z.string(), url: z.string() })) });

/** pip's own default. */
const publicIndex = 'https://pypi.org/simple';

/**
 * The index that Python's own client would use: --index, PIP_INDEX_URL, `index-url` in a pip configuration file, or the
 * public one.
 */
export function configuredIndex(asked: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  if (asked !== undefined) return asked;
  if (environment.PIP_INDEX_URL) return environment.PIP_INDEX_URL;
  const files = [
    environment.PIP_CONFIG_FILE,
    join(environment.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'pip', 'pip.conf'),
    join(homedir(), '.pip', 'pip.conf'),
    '/etc/pip.conf',
  ];
  for (const file of files) {
    const line = file === undefined ? undefined : /^\s*index-url\s*[=:]\s*(\S+)/m.exec(readIfThere(file))?.[1];
    if (line !== undefined) return line;
  }
  return publicIndex;
}

/** Downloads one pinned wheel from the index into `target`. @throws NasDistillError ENGINE_INSTALL or STORAGE_FULL */
export async function downloadWheel(
  index: string,
  wheel: Wheel,
  target: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const page = pageOf(index, wheel.name);
  const listing = await readText(await fetchFrom(page, jsonType + ', text/html;q=0.5'));
  const url = linkTo(wheel.file, listing, page);
  if (url === undefined) {
    throw installError(`${page.href} does not list ${wheel.file}`, 'Choose another index by --index URL.');
  }
  const hash = createHash('sha256');
  let bytes = 0;
  const counting = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      onBytes((bytes += chunk.length));
      done(null, chunk);
    },
  });
  const response = await fetchFrom(url, '*/*');
  try {
    await pipeline(response, counting, createWriteStream(target, { flags: 'wx' }));
  } catch (error) {
    if (nodeCodeOf(error)?.startsWith('E') && nodeCodeOf(error) !== 'ECONNRESET')
      throw installStorageError(target, error);
    throw unreachable(url, error);
  }
  const sha256 = hash.digest('hex');
  if (bytes !== wheel.bytes || sha256 !== wheel.sha256) {
    rmSync(target);
    throw installError(
      `${wheel.file} is not the pinned wheel: expected ${wheel.bytes} bytes with sha256 ${wheel.sha256}, found ${bytes} with ${sha256}`,
      'The download was damaged or the index serves another file: do not use it. Try again, or another index by --index URL.',
    );
  }
}

function linkTo(file: string, listing: { text: string; type: string }, page: URL): URL | undefined {
  if (listing.type.includes('json')) {
    const found = filesOf(listing.text, page).find(({ filename }) => filename === file);
    return found && new URL(found.url, page);
  }
  const anchors = listing.text.matchAll(/<a\s[^>]*href="([^"]+)"[^>]*>\s*([^<\s]+)\s*<\/a>/gi);
  for (const [, href, name] of anchors) if (name === file) return new URL(href.replaceAll('&amp;', '&'), page);
  return undefined;
}

/** What calls itself a listing need not be one: a proxy's page to log in, an index of another kind. */
function filesOf(text: string, page: URL): z.infer<typeof project>['files'] {
  try {
    return project.parse(JSON.parse(text)).files;
  } catch (error) {
    throw unreachable(page, new Error('its answer is no listing of a Python package index', { cause: error }));
  }
}

/** A package's page in an index. @throws NasDistillError ENGINE_INSTALL for what is no address of the web */
function pageOf(index: string, name: string): URL {
  const base = index.endsWith('/') ? index : `${index}/`;
  if (/^https?:/i.test(base) && URL.canParse(base)) return new URL(`${name}/`, base);
  throw installError(
    `'${index}' is no address of a Python package index`,
    'Give one that begins with https:// or http:// (--index URL, PIP_INDEX_URL, or index-url in pip.conf).',
  );
}

/** Follows redirects; an answer other than 200 is an error. */
async function fetchFrom(url: URL, accept: string, redirects = 5): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const certificates = process.env.PIP_CERT ?? process.env.SSL_CERT_FILE;
    const options = { headers: { accept, 'user-agent': 'nas-distill' }, timeout: 60_000 };
    const request =
      url.protocol === 'http:'
        ? getHttp(url, options, resolve)
        : getHttps(url, { ...options, ...(certificates ? { ca: readFileSync(certificates) } : {}) }, resolve);
    request.on('timeout', () => request.destroy(new Error('no answer within a minute')));
    request.on('error', reject);
  }).catch((error: unknown) => {
    throw unreachable(url, error);
  });
  const { statusCode = 0, headers } = response;
  if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined && redirects > 0) {
    response.resume();
    return fetchFrom(new URL(headers.location, url), accept, redirects - 1);
  }
  if (statusCode === 200) return response;
  response.resume();
  throw unreachable(url, new Error(`it answered ${statusCode}`));
}

async function readText(response: IncomingMessage): Promise<{ text: string; type: string }> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  return { text: Buffer.concat(chunks).toString('utf8'), type: response.headers['content-type'] ?? '' };
}

function unreachable(url: URL, cause: unknown): Error {
  const shown = `${url.protocol}//${url.host}${url.pathname}`;
  return installError(
    `cannot download ${shown}: ${messageOf(cause) || (nodeCodeOf(cause) ?? 'no reason given')}`,
    'Choose an index by --index URL or PIP_INDEX_URL, or use an installed TensorFlow by --tensorflow DIR.',
    cause,
  );
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOTDIR', 'EISDIR'].includes(nodeCodeOf(error) ?? '')) return '';
    throw error;
  }
}
