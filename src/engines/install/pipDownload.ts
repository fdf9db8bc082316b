import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fullDiskError, installError } from './installError.js';
import { pythonOfWheels, type EnginePins } from './pins.js';
import { lastLine, runCommand } from './runCommand.js';

/** A Python that has pip, or undefined. `asked` (--python) is the only candidate if it is given. */
export async function findPip(asked: string | undefined): Promise<string | undefined> {
  for (const python of asked === undefined ? ['python3', 'python'] : [asked]) {
    const { code } = await runCommand(python, ['-m', 'pip', '--version']);
    if (code === 0) return python;
  }
  return undefined;
}

/**
 * Downloads the pinned wheels by the user's own pip: its index, proxy, certificates and local folders of wheels. pip checks
 * the digests, which also keep it from taking any other file; nothing is installed into a Python.
 * @throws NasDistillError ENGINE_INSTALL
 */
export async function pipDownload(
  python: string,
  { wheels, tags }: EnginePins,
  folder: string,
  index: string | undefined,
): Promise<void> {
  const requirements = join(folder, 'requirements.txt');
  writeFileSync(
    requirements,
    wheels.map(({ name, version, sha256 }) => `${name}==${version} --hash=sha256:${sha256}\n`).join(''),
  );
  const words = ['-m', 'pip', 'download', '--no-deps', '--require-hashes', '--only-binary=:all:', '--no-cache-dir'];
  words.push('--no-input', '--disable-pip-version-check', '--progress-bar=off', '--quiet', '--retries=2');
  words.push('--python-version', pythonOfWheels.version, '--implementation', 'cp', '--abi', pythonOfWheels.abi);
  for (const tag of tags) words.push('--platform', tag);
  if (index !== undefined) words.push('--index-url', index);
  const { code, stderr } = await runCommand(python, [...words, '--dest', folder, '--requirement', requirements]);
  if (code === 0) return;
  const errors = stderr.split('\n').filter((line) => line.startsWith('ERROR:'));
  const reason = (errors.at(-1) ?? lastLine(stderr)).replace(/^ERROR:\s*/, '');
  if (/DO NOT MATCH THE HASHES/.test(stderr)) {
    throw installError(
      `a wheel from the package index does not have the pinned sha256 (${wheels.map((wheel) => wheel.name).join(', ')})`,
      'The download was damaged or the index serves another file: do not use it. Try again, or another index by --index URL.',
    );
  }
  if (/No space left|ENOSPC|Errno 28/.test(stderr)) {
    throw fullDiskError(`pip ran out of disk space: ${reason}`);
  }
  // Where pip reaches no index it ends with "no matching distribution"; why, it says in a warning before.
  const broken = /connection broken by '(.*)': \//.exec(stderr)?.[1]?.replace(/<[^>]*>: /, '');
  throw installError(
    `pip cannot download ${wheels[0].name} ${wheels[0].version}: ${broken ? `no connection: ${broken}` : reason}`,
    'Is the package index reachable (pip config list)? Choose another by --index URL, or use an installed TensorFlow by --tensorflow DIR.',
  );
}
